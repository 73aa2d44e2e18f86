"""Static files by content hash, also where ES modules import each other."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites `import` statements too: the page has no build step."""

    support_js_module_import_aggregation = True
