"""The words that people concerned read, in their languages: `python -m config.catalogues VERB`.

`update` brings `locale/<language>/LC_MESSAGES/django.po` in line with what templates and modules
mark; `compile` writes the `django.mo` beside each that Django reads. English is the language of
the sources. Extracting and writing is Babel's; Django's own `makemessages` and `compilemessages`
want GNU gettext installed.
"""

import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale"
LANGUAGES = ("es", "hi", "id")
SOURCES = (
    "reports/templates/reports/*.html",
    "reports/templates/site/*.html",
    "chat/templates/chat/words.html",
    "chat/templates/chat/notice*.html",
    "chat/templates/chat/not_now.html",
    "reports/house_rules/policies.py",
    "reports/sanctions/statements.py",
    "reports/views.py",
    "reports/public/forms.py",
)
"""What somebody reads who was sanctioned, or who reported: statement, receipt, notice, policies."""

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


_HEADERS: dict[str, Any] = {
    "project": "Parley",
    "version": "1",
    "copyright_holder": "",
    "msgid_bugs_address": "see CONTRIBUTING.md",
    "last_translator": "Parley",
    "language_team": "Parley",
    "creation_date": datetime(2026, 11, 21, tzinfo=UTC),
    "revision_date": datetime(2026, 11, 21, tzinfo=UTC),
    "charset": "utf-8",
}
"""Nothing that changes by itself: a catalogue changes when its words do."""


def path(language: str) -> Path:
    """A language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def messages() -> Catalog:
    """Everything that is marked in SOURCES, without translations."""
    found = Catalog(charset="utf-8")
    for message, context in _marked():
        found.add(message, context=context)
    return found


def load(language: str) -> Catalog:
    """The catalogue of a language as it is committed."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Add what is new, drop what is gone; translations that stand are kept."""
    known = load(language)
    catalogue = Catalog(
        locale=language,
        header_comment=f"# What people concerned read, in {known.locale_identifier}.",
        fuzzy=False,
        **_HEADERS,
    )
    for message in messages():
        if message.id:
            old = known.get(message.id, message.context)
            catalogue.add(message.id, old.string if old else None, context=message.context)
    with path(language).open("wb") as file:
        write_po(file, catalogue, width=100)


def compile_all() -> None:
    """Write what Django reads, beside each catalogue."""
    for language in LANGUAGES:
        with path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, load(language))


def _marked() -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    for pattern in SOURCES:
        for source in sorted(ROOT.glob(pattern)):
            place, text = str(source.relative_to(ROOT)), source.read_text(encoding="utf-8")
            if source.suffix == ".html":
                text = templatize(text, origin=place)
            code = io.BytesIO(text.encode())
            for _line, message, _comments, context in extract("python", code, keywords=_KEYWORDS):
                yield message, context


def main(arguments: Sequence[str]) -> None:
    """Do what is asked."""
    match list(arguments):
        case ["update"]:
            for language in LANGUAGES:
                update(language)
        case ["compile"]:
            compile_all()
        case _:
            sys.exit("usage: python -m config.catalogues update|compile")


if __name__ == "__main__":
    main(sys.argv[1:])
