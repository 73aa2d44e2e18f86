from datetime import timedelta
from pathlib import Path

import pytest

from reports.house_rules import retention_rules
from reports.house_rules.retention_rules import BOUNDS, Kept, RetentionRulesError, Rules, load

SHIPPED = Path(retention_rules.__file__).with_name("retention.toml")
TEXT = SHIPPED.read_text(encoding="utf-8")


def parse(text: str, appeal_within_days: int = 183) -> Rules:
    return retention_rules.parse(text.encode(), appeal_within_days=appeal_within_days)


@pytest.mark.parametrize(
    ("said", "instead", "complaint"),
    [
        ('version = "2026-11"', "version = 7", "Set `version`"),
        ('version = "2026-11"', "", "lacks version"),
        ("[overturned]", "[overturnt]", "lacks overturned"),
        ("days = 365", "days = 182", r"\[confirmed\] days is 182: use a whole number from 183"),
        ("days = 365", "days = 731", "to 730"),
        ("days = 365", 'days = "365"', "whole number"),
        ("days = 365", "days = true", "whole number"),
        ("days = 365", "days = 365.0", "whole number"),
        ("days = 365", "", "lacks days"),
        ("days = 365", "days = 365\nhours = 3", "has hours, which nothing reads"),
        ("[confirmed]", "[child_safety]\ndays = 1\n\n[confirmed]", "has child_safety"),
        ("[dismissed]", "dismissed = 7\n\n[other]", "lacks|has"),
        ('why = "Nothing', 'why = ""\nwhy_not = "Nothing', "has why_not"),
        ("version =", "version ==", "not TOML"),
    ],
)
def test_it_refuses_what_it_can_not_keep_to(said: str, instead: str, complaint: str) -> None:
    assert said in TEXT
    with pytest.raises(RetentionRulesError, match=complaint):
        parse(TEXT.replace(said, instead, 1))


@pytest.mark.parametrize("kept", list(Kept))
def test_no_file_moves_a_bound_and_each_time_has_a_reason(kept: Kept) -> None:
    least, most = BOUNDS[kept]
    head, _, table = TEXT.partition(f"[{kept}]\n")
    number = table.split()[2]
    for days in (least - 1, most + 1, 0, -1):
        with pytest.raises(RetentionRulesError, match="whole number from"):
            parse(f"{head}[{kept}]\n{table.replace(number, str(days), 1)}")
    reason = table.splitlines()[1]
    with pytest.raises(RetentionRulesError, match="give the reason"):
        parse(f"{head}[{kept}]\n" + table.replace(reason, 'why = "so"', 1))


def test_what_was_confirmed_outlives_the_time_for_appeals() -> None:
    with pytest.raises(RetentionRulesError, match="APPEAL_WITHIN_DAYS"):
        parse(TEXT, appeal_within_days=366)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetentionRulesError, match="RETENTION_RULES"):
        load(tmp_path / "nothing.toml", appeal_within_days=183)


def test_the_shipped_rules_are_what_the_documents_say() -> None:
    rules = load(SHIPPED, appeal_within_days=183)
    assert dict(rules.times) == {
        Kept.DISMISSED: timedelta(days=7),
        Kept.OVERTURNED: timedelta(days=7),
        Kept.CONFIRMED: timedelta(days=365),
        Kept.NOTICE_LINES: timedelta(days=7),
        Kept.NOTICE_CONTACT: timedelta(days=183),
        Kept.PREVALENCE: timedelta(days=7),
    }
    assert rules.version == f"2026-11+{rules.sha256[:8]}"
    assert all(len(reason) > 20 for reason in rules.reasons.values())
