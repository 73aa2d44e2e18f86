"""What people concerned read is there in each language, word for word."""

import re

import pytest
from django.conf import settings

from config import catalogues


def test_there_is_a_catalogue_for_every_language_but_the_sources_own() -> None:
    languages = {code for code, _name in settings.LANGUAGES}
    assert set(catalogues.LANGUAGES) == languages - {settings.LANGUAGE_CODE}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    catalogue = catalogues.load(language)
    wanted = {message.id for message in catalogues.messages() if message.id}
    assert {message.id for message in catalogue if message.id} == wanted, "run make format"
    untranslated = [message.id for message in catalogue if message.id and not message.string]
    assert untranslated == []


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_translation_has_the_places_of_its_original(language: str) -> None:
    catalogue = catalogues.load(language)
    for message in catalogue:
        original, translated = message.id, message.string
        if isinstance(original, str):
            assert _places(str(translated)) == _places(original), original
        else:
            forms = list(translated or ())[: catalogue.num_plurals]
            assert [_places(form) for form in forms] == [_places(original[-1])] * len(forms)


def test_places_are_seen() -> None:
    assert _places("until %(until)s, 100 %") == {"%(until)s"}


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", text))
