"""Content-Security-Policies: a strict one for every page, a wider one for the staff pages."""

from urllib.parse import urlsplit

NONE = "'none'"
SELF = "'self'"


def relay_sources(relay_nodes: tuple[str, ...]) -> list[str]:
    """The origins of relay nodes that have one; a path is on the page's own origin already."""
    sources = set()
    for node in relay_nodes:
        parts = urlsplit(node.partition("=")[2])
        if parts.scheme and parts.netloc:
            sources.add(f"{parts.scheme}://{parts.netloc}")
    return sorted(sources)


def strict(relay_nodes: tuple[str, ...]) -> dict[str, list[str]]:
    """What the public pages may load: their own files, and nothing inline or evaluated."""
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "connect-src": [SELF, *relay_sources(relay_nodes)],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }


def staff() -> dict[str, list[str]]:
    """What the staff pages may load.

    django-unfold is built on Alpine.js, which compiles the expressions in its attributes: that
    needs 'unsafe-eval', and its transitions and charts need inline styles. Inline scripts stay
    forbidden, so a hostile string in a field still can't become one.
    """
    return {
        "default-src": [NONE],
        "script-src": [SELF, "'unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
