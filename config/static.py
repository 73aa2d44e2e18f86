"""Static files by content hash, also where ES modules import each other."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.settings.places import BASE_DIR


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites `import` statements too: the page has no build step."""

    support_js_module_import_aggregation = True


class PackageFinder(BaseFinder):
    """The few files that the page takes from npm packages, as they were published.

    Without node_modules there are none: an image has collected them when it was built.
    """

    FOLDERS = {
        "altcha.min.js": Path("altcha", "dist", "external"),
        "pbkdf2.js": Path("altcha", "dist", "workers"),
    }
    PREFIX = "altcha"

    def check(self, **_kwargs: Any) -> list[Any]:
        """Nothing can be wrong with these."""
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        """The place of a static path, or all of them."""
        prefix, _, name = path.partition("/")
        found = []
        if prefix == self.PREFIX and name in self.FOLDERS:
            file = self._folder(name) / name
            found = [str(file)] if file.is_file() else []
        if find_all:
            return found
        return found[0] if found else None

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        """Every file, with the storage that it is in."""
        for name in self.FOLDERS:
            storage = FileSystemStorage(location=self._folder(name))
            setattr(storage, "prefix", self.PREFIX)  # noqa: B010  collectstatic reads it, no type knows it
            if storage.exists(name):
                yield name, storage

    def _folder(self, name: str) -> Path:
        return BASE_DIR / "node_modules" / self.FOLDERS[name]
