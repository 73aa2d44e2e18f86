"""Following links: every address that somebody can come to from where they begin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import ResolverMatch, resolve
from playwright.sync_api import APIResponse, BrowserContext

STAFF = "/admin/"
SIGNS_OUT = frozenset({"/admin/logout/"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """An address that was opened, and what came."""

    path: str
    answer: APIResponse

    @property
    def is_page(self) -> bool:
        return self.answer.headers.get("content-type", "").startswith("text/html")


def walk(context: BrowserContext, start: str, *, goes_to: Callable[[str], bool]) -> Iterator[Stop]:
    """Open `start` and whatever its pages link to, each address once, where `goes_to` agrees.

    No script runs and nothing is sent: what changes something is no link here.
    """
    ahead, seen = [start], {start}
    while ahead:
        path = ahead.pop(0)
        stop = Stop(path=path, answer=context.request.get(path))
        yield stop
        if not stop.is_page:
            continue
        for link in links(stop.answer.text(), path):
            if link not in seen and link not in SIGNS_OUT and goes_to(link):
                seen.add(link)
                ahead.append(link)


def links(page: str, path: str) -> list[str]:
    """The staff addresses that a page names in any attribute, with their queries."""
    reader = _Links()
    reader.feed(page)
    found = (urlsplit(urljoin(path, value)) for value in reader.values)
    return [
        f"{parts.path}?{parts.query}" if parts.query else parts.path
        for parts in found
        if not parts.netloc and parts.path.startswith(STAFF)
    ]


def kind(path: str) -> str:
    """The name of what serves the path; pages that differ by no more than an object share it."""
    match = match_of(path)
    return ":".join(
        [match.view_name, *(str(match.kwargs[k]) for k in ("page",) if k in match.kwargs)]
    )


def match_of(path: str) -> ResolverMatch:
    return resolve(urlsplit(path).path)


class _Links(HTMLParser):
    """Collects `href` and `src`."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.values += [value for name, value in attrs if name in ("href", "src") and value]
