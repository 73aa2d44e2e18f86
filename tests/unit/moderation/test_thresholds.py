"""Thresholds: what stops the boot, and what a file may say."""

from pathlib import Path

import pytest

from moderation.thresholds import REQUIRED_CLASSES, Agreement, ThresholdsError, load, parse

SHIPPED = Path(__file__).resolve().parents[3] / "moderation" / "thresholds.toml"
AGE = "[age]\nsuspend_years = 17.0\ndoubt_years = 21.0\nminimum_faces = 3\n"


def document(
    *, nudity: dict[str, str] | None = None, age: str = AGE, agreement: str | None = None
) -> bytes:
    entries = dict.fromkeys(REQUIRED_CLASSES, "hold = 0.35\ncut = 0.6") | (nudity or {})
    tables = "".join(f"[nudity.{label}]\n{entry}\n" for label, entry in entries.items() if entry)
    if agreement is not None:
        tables += f"[agreement]\n{agreement}\n"
    return f'version = "t"\n[nudity]\n{tables}{age}'.encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "version"),
        (b"version = ", "not TOML"),
        (b"\xff", "not TOML"),
        (b"version = 7\n[nudity]\n[age]\n", "version"),
        (b'version = "1"\n[age]\n', "[nudity]"),
        (document(nudity={"ANUS_EXPOSED": ""}), "add [nudity.ANUS_EXPOSED]"),
        (document(nudity={"FACE_FEMALE": "cut = 0.5"}), "take out [nudity.FACE_FEMALE]"),
        (document(nudity={"NOSE": "cut = 0.5"}), "Unknown class [nudity.NOSE]"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.35\ncut = 0.9"}), "from 0.25 to 0.8"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.55\ncut = 0.6"}), "from 0.25 to 0.5"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.4\ncut = 0.3"}), "from 0.25 to 0.3"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.35\ncut = nan"}), "cut=nan"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.35\ncut = true"}), "cut=True"),
        (document(nudity={"ANUS_EXPOSED": "hold = 0.35\ncut = 0.6\nslack = 1"}), "'slack'"),
        (
            document(age="[age]\nsuspend_years = 0\ndoubt_years = 21\nminimum_faces = 3\n"),
            "suspend",
        ),
        (document(age="[age]\nsuspend_years = 17\ndoubt_years = 0\nminimum_faces = 3\n"), "doubt"),
        (document(age="[age]\nsuspend_years = 22\ndoubt_years = 21\nminimum_faces = 3\n"), "below"),
        (document(age="[age]\nsuspend_years = 17\ndoubt_years = 21\nminimum_faces = 1\n"), "faces"),
        (
            document(age="[age]\nsuspend_years = 17\ndoubt_years = 21\nminimum_faces = 3.5\n"),
            "whole",
        ),
        (document(age=""), "[age]"),
        (document(nudity={"ANUS_EXPOSED": "release = 0.4\nhold = 0.35\ncut = 0.6"}), "to 0.35"),
        (document(nudity={"ANUS_EXPOSED": "release = 0.45\nhold = 0.5\ncut = 0.6"}), "to 0.4"),
        (document(nudity={"ANUS_EXPOSED": "release = 0.1\nhold = 0.5\ncut = 0.6"}), "from 0.25"),
        (document(agreement="cut_frames = 1"), "cut_frames=1, use a number from 2 to 3"),
        (document(agreement="cut_frames = 4"), "cut_frames=4"),
        (document(agreement="clear_frames = 1"), "clear_frames=1"),
        (document(agreement="clear_frames = 2\nclear_of = 4"), "use a number from 2 to 3"),
        (document(agreement="report_frames = 11"), "report_frames=11"),
        (document(agreement="cut_frames = 2.5"), "whole"),
        (document(agreement="slack = 1"), "'slack'"),
    ],
)
def test_production_refuses_and_says_what_to_change(data: bytes, says: str) -> None:
    with pytest.raises(ThresholdsError) as refusal:
        parse(data, is_strict=True)

    assert says in str(refusal.value)


def test_a_missing_file_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ThresholdsError, match="MODERATION_THRESHOLDS"):
        load(tmp_path / "none.toml", is_strict=False)


def test_development_still_refuses_unknown_classes_and_scores_out_of_range() -> None:
    for entry in (
        {"NOSE": "cut = 0.5"},
        {"FACE_FEMALE": "cut = 1.5"},
        {"FACE_FEMALE": "cut = 0.1"},
    ):
        with pytest.raises(ThresholdsError):
            parse(document(nudity=entry), is_strict=False)


def test_development_may_leave_out_and_add_classes_and_switch_age_rules_off() -> None:
    data = b'version = "t"\n[nudity.FACE_FEMALE]\ncut = 0.5\n' + (
        b"[age]\nsuspend_years = 0\ndoubt_years = 0\nminimum_faces = 1\n"
    )

    thresholds = parse(data, is_strict=False)

    assert set(thresholds.nudity) == {"FACE_FEMALE"}
    assert thresholds.nudity["FACE_FEMALE"].cut == 0.5
    assert thresholds.nudity["FACE_FEMALE"].hold == 0.35
    assert not thresholds.age.need_faces


def test_a_file_without_agreement_gets_the_shipped_numbers() -> None:
    shipped = load(SHIPPED, is_strict=True)

    assert parse(document(), is_strict=True).agreement == shipped.agreement == Agreement()
    assert shipped.nudity["ANUS_EXPOSED"].release == 0.3


def test_the_shipped_file_passes_production() -> None:
    thresholds = load(SHIPPED, is_strict=True)

    assert set(thresholds.nudity) == REQUIRED_CLASSES
    assert thresholds.version.endswith(thresholds.sha256[:8])


def test_the_version_changes_with_any_byte() -> None:
    assert (
        parse(document(), is_strict=True).version
        != parse(document() + b"# \n", is_strict=True).version
    )
