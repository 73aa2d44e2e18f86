"""Macros: reasons that staff give often, with the decision that goes with them, as versioned data.

    MacroError          a retry does not help
    ├── TextError       title or text is missing, or too long
    └── UnknownError    no such language, policy or length; or no current macro

`reports.roles.NotAllowedError` is raised as it is. A macro only fills in the form: whoever presses
Enter has decided, and the decision keeps the words, not the macro.
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.text import slugify

from reports.models import Macro, MacroAct, Policy
from reports.roles import Right, require
from reports.sanctions.ladder import Length
from reports.snapshot_json import storable
from reports.trail import audit

TEXT_MAX = 2000
TITLE_MAX = 60
FALLBACK = "en"
_SHIPPED = Path(__file__).with_name("macros.toml")


class MacroError(Exception):
    """The macro can't be kept as asked."""


class TextError(MacroError):
    """A title of 1 to TITLE_MAX characters and an English text of 1 to TEXT_MAX are needed."""


class UnknownError(MacroError):
    """What it names is not there."""


def publish(macro_model: Any) -> None:
    """Fill in the macros that come with the program, where there is none of that code.

    Takes the model, so that a migration can pass the historical one.
    """
    for draft in tomllib.loads(_SHIPPED.read_text())["macro"]:
        if not macro_model.objects.filter(code=draft["code"]).exists():
            macro_model.objects.create(**draft)


def current() -> list[Macro]:
    """Every macro that can be used, in the order of the acts."""
    order = list(MacroAct)
    found = Macro.objects.filter(is_current=True)
    return sorted(found, key=lambda macro: (order.index(MacroAct(macro.act)), macro.code))


def fits(macro: Macro, policy: str) -> bool:
    """Whether the macro is for reports under the policy code `policy`."""
    return not macro.policies or policy in macro.policies


def text(macro: Macro, language: str) -> str:
    """The reason in `language` (a code like es or es-mx), in English where there is none."""
    for code in (language, language.partition("-")[0], FALLBACK):
        if macro.texts.get(code):
            return str(macro.texts[code])
    return ""


def save(
    code: str,
    *,
    act: MacroAct,
    title: str,
    texts: Mapping[str, str],
    policies: Collection[str],
    length: Length | None,
    acting_user: User,
    now: datetime,
) -> Macro:
    """A new version of the macro `code`; an empty code makes a new macro, named after its title.

    Raises `TextError`, `UnknownError`.
    """
    require(acting_user, Right.EDIT_MACROS)
    kept = _kept(title, texts)
    _require_known(texts, policies)
    with audit.trail():
        name = code or _free_code(title)
        last = Macro.objects.select_for_update().filter(code=name).order_by("-version").first()
        if code and last is None:
            raise UnknownError(f"there is no macro {code}")
        Macro.objects.filter(code=name).update(is_current=False)
        macro = Macro.objects.create(
            code=name,
            version=last.version + 1 if last else 1,
            act=act,
            title=title.strip(),
            texts=kept,
            policies=sorted(policies) if act is not MacroAct.ESCALATE else [],
            length=length.value if length is not None and act is MacroAct.CONFIRM else "",
            edited_by=acting_user,
            edited_at=now,
        )
        _record("macro.saved", macro, acting_user=acting_user, now=now)
    return macro


def retire(code: str, *, acting_user: User, now: datetime) -> None:
    """Take a macro away; its versions are kept. Raises `UnknownError`."""
    require(acting_user, Right.EDIT_MACROS)
    with audit.trail():
        macro = Macro.objects.select_for_update().filter(code=code, is_current=True).first()
        if macro is None:
            raise UnknownError(f"there is no macro {code}")
        macro.is_current = False
        macro.save(update_fields=["is_current"])
        _record("macro.retired", macro, acting_user=acting_user, now=now)


def _kept(title: str, texts: Mapping[str, str]) -> dict[str, str]:
    kept = {code: storable(words).strip() for code, words in texts.items()}
    kept = {code: words for code, words in kept.items() if words}
    is_long = any(len(words) > TEXT_MAX for words in kept.values())
    if not 0 < len(title.strip()) <= TITLE_MAX or FALLBACK not in kept or is_long:
        raise TextError(
            f"a title of at most {TITLE_MAX} characters and an English text of at most "
            f"{TEXT_MAX} are needed"
        )
    return kept


def _require_known(texts: Mapping[str, str], policies: Collection[str]) -> None:
    languages = set(texts) - {code for code, _name in settings.LANGUAGES}
    missing = set(policies) - set(Policy.objects.values_list("code", flat=True))
    if languages or missing:
        raise UnknownError(f"unknown: {', '.join(sorted(languages | missing))}")


def _free_code(title: str) -> str:
    """A code made of the title that no macro has had."""
    stem = slugify(title)[:30] or "macro"
    taken = set(Macro.objects.filter(code__startswith=stem).values_list("code", flat=True))
    number, code = 1, stem
    while code in taken:
        number += 1
        code = f"{stem}-{number}"
    return code


def _record(verb: str, macro: Macro, *, acting_user: User, now: datetime) -> None:
    audit.record(
        verb,
        target=f"macro:{macro.code}",
        payload={
            "version": macro.version,
            "act": str(macro.act),
            "policies": list(macro.policies),
            "languages": sorted(macro.texts),
            "length": macro.length,
        },
        acting_user=acting_user,
        now=now,
    )
