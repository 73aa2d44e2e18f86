"""What stops a boot, one after the other, with its fix; and then a boot that nothing stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from pytest_django import Settings

from config import checks, layout
from config.parts import Part
from moderation.lines import judge as line_judge
from moderation.lines import rulebook
from reports.keys import new_anchor_pair, new_evidence_pair
from tests.services import TestServices

STRONG = "k7Qz0vJm3Xc9Wd2Rf8Tn1Yb6Lp4Hs5Ga-Ue_Io7Qz0vJm3Xc9Wd2Rf8"
DATABASE_URL = "postgresql://parley_app:secret@db.example/parley"


@pytest.fixture
def production(
    settings: Settings, redis_client: redis.Redis, django_db_setup: None, tmp_path: Path
) -> Settings:
    """Settings that nothing is wrong with; Redis and PostgreSQL are real."""
    settings.IS_PRODUCTION = True
    settings.MODERATION_IS_STRICT = True
    settings.SECRET_KEY = STRONG
    evidence, anchor = new_evidence_pair(), new_anchor_pair()
    settings.EVIDENCE_PUBLIC_KEY = evidence.public
    settings.EVIDENCE_PRIVATE_KEY = evidence.private
    settings.AUDIT_ANCHOR_KEY = anchor.private
    settings.AUDIT_ANCHOR_PUBLIC_KEY = anchor.public
    settings.EMBEDDED_DIR = tmp_path / "elsewhere"
    settings.DATABASE_URL = DATABASE_URL
    settings.DATABASE_OWNER_URL = ""
    settings.ALLOWED_HOSTS = ["chat.example"]
    settings.ALLOWED_ORIGINS = ("https://chat.example",)
    settings.STAFF_SECOND_FACTOR = "required"
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").touch()
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    settings.PROOF_OF_WORK = "on"
    settings.CAMERA_CHECK = "on"
    return settings


def problems(part: Part = Part.SUPERVISOR) -> str:
    """What the boot is refused for; empty when it isn't."""
    try:
        checks.refuse_unsafe_boot(part)
    except ImproperlyConfigured as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing"),
        ("SECRET_KEY", "short", "SECRET_KEY is weak"),
        ("SECRET_KEY", "ab" * 40, "SECRET_KEY is weak"),
        ("SECRET_KEY", f"change-me-{STRONG}", "SECRET_KEY is weak"),
        ("SECRET_KEY", f"django-insecure-{STRONG}", "SECRET_KEY is weak"),
        ("EVIDENCE_PUBLIC_KEY", "", "EVIDENCE_PUBLIC_KEY must be"),
        ("EVIDENCE_PRIVATE_KEY", "abc", "EVIDENCE_PRIVATE_KEY must be"),
        pytest.param(
            "EVIDENCE_PUBLIC_KEY",
            new_evidence_pair().public,
            "does not open what is sealed",
            id="EVIDENCE_PUBLIC_KEY-of another pair",
        ),
        ("AUDIT_ANCHOR_KEY", "", "AUDIT_ANCHOR_KEY must be"),
        pytest.param(
            "AUDIT_ANCHOR_PUBLIC_KEY",
            new_anchor_pair().public,
            "does not check what",
            id="AUDIT_ANCHOR_PUBLIC_KEY-of another pair",
        ),
        ("DATABASE_URL", "", "DATABASE_URL is missing"),
        ("DATABASE_URL", "postgresql://parley_app:change-me@db/parley", "example's password"),
        ("REDIS_URL", "", "REDIS_URL is missing"),
        ("DEBUG", True, "DEBUG=on"),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS is empty"),
        ("ALLOWED_HOSTS", ["*"], "wildcard '*'"),
        ("ALLOWED_HOSTS", [".example"], "wildcard '.example'"),
        ("ALLOWED_ORIGINS", (), "ALLOWED_ORIGINS is empty"),
        ("ALLOWED_ORIGINS", ("http://chat.example",), "use https://host"),
        ("ALLOWED_ORIGINS", ("https://chat.example/",), "use https://host"),
        ("ALLOWED_ORIGINS", ("https://*.example",), "use https://host"),
        ("RELAY_NODES", ("relay-1=ws://relay.example/",), "use wss://"),
        ("RELAY_NODE", "relay-9", "RELAY_NODE=relay-9 is not in RELAY_NODES"),
        ("STAFF_SECOND_FACTOR", "off", "STAFF_SECOND_FACTOR=off"),
        ("PROOF_OF_WORK", "off", "PROOF_OF_WORK=off"),
        ("CAMERA_CHECK", "off", "CAMERA_CHECK=off"),
    ],
)
def test_it_does_not_start_with(
    production: Settings, name: str, value: object, expected: str
) -> None:
    setattr(production, name, value)
    assert expected in problems()


def test_it_does_not_start_on_the_embedded_redis(
    production: Settings, services: TestServices
) -> None:
    production.EMBEDDED_DIR = services.redis_place.root
    assert "REDIS_URL is the embedded Redis'" in problems()


def test_it_does_not_start_on_the_embedded_postgresql(
    production: Settings, services: TestServices
) -> None:
    production.EMBEDDED_DIR = services.place.root
    assert "DATABASE_URL is the embedded PostgreSQL's" in problems()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("save", "60 1", "Redis saves to disk"), ("appendonly", "yes", "append-only file")],
)
def test_it_does_not_start_on_a_redis_that_keeps_anything(
    production: Settings,
    keeping_redis: redis.Redis,
    name: str,
    value: str,
    expected: str,
) -> None:
    keeping_redis.config_set(name, value)
    assert expected in problems()


@pytest.fixture
def keeping_redis(redis_client: redis.Redis) -> Iterator[redis.Redis]:
    yield redis_client
    redis_client.config_set("save", "")
    redis_client.config_set("appendonly", "no")


def test_it_does_not_start_when_redis_cannot_be_asked(production: Settings, tmp_path: Path) -> None:
    production.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert "Redis can't be asked" in problems()


@pytest.mark.parametrize("part", [Part.WEB, Part.OPS])
def test_it_does_not_start_as_a_role_that_could_rewrite_the_trail(
    production: Settings, services: TestServices, monkeypatch: pytest.MonkeyPatch, part: Part
) -> None:
    place = connections["default"].settings_dict
    monkeypatch.setitem(place, "USER", "parley_owner")
    monkeypatch.setitem(place, "PASSWORD", services.secrets.owner_password)
    assert "could rewrite the audit trail" in problems(part)


@pytest.mark.parametrize("part", [Part.WEB, Part.OPS])
def test_it_does_not_start_when_postgresql_cannot_be_asked(
    production: Settings, monkeypatch: pytest.MonkeyPatch, part: Part
) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "/nowhere")
    assert "PostgreSQL can't be asked" in problems(part)


def test_it_does_not_start_with_another_model_file(production: Settings, tmp_path: Path) -> None:
    production.MODELS_DIR = tmp_path
    (tmp_path / "nudity-int8.onnx").write_bytes(b"another")
    assert "has not the pinned SHA-256" in problems()
    assert "fetch_models" in problems()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version = ", "are not TOML"),
        (
            'version = "1"\n[nudity.FACE_FEMALE]\ncut = 0.5\n[age]\nsuspend_years = 17\n'
            "doubt_years = 21\nminimum_faces = 3",
            "Required classes are missing",
        ),
    ],
)
def test_it_does_not_start_with_thresholds_that(
    production: Settings, tmp_path: Path, text: str, expected: str
) -> None:
    production.MODERATION_THRESHOLDS = tmp_path / "thresholds.toml"
    production.MODERATION_THRESHOLDS.write_text(text)
    assert expected in problems()


def test_it_does_not_start_with_rules_for_lines_that_do_not_hold(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise rulebook.RulebookError("link.toml [any] does not match 'example.com'")

    monkeypatch.setattr(line_judge, "shipped", refuse)
    assert "link.toml [any] does not match" in problems()


@pytest.mark.parametrize("name", ["EVIDENCE_STORAGE", "AUDIT_ANCHOR_STORAGE"])
@pytest.mark.parametrize(
    "setting",
    [
        {"BACKEND": "reports.buckets.Bukket"},
        {"BACKEND": "no.such.module"},
        {"BACKEND": "reports.buckets.Bucket", "OPTIONS": {"secret": "hush"}},
    ],
)
def test_a_store_that_can_t_be_made_is_no_store(
    production: Settings, name: str, setting: dict[str, object]
) -> None:
    production.EVIDENCE_PRIVATE_KEY = ""
    setattr(production, name, setting)
    said = problems(Part.OPS)
    assert f"{name} names no storage" in said
    assert "hush" not in said


@pytest.mark.parametrize("name", ["EVIDENCE_DIR", "AUDIT_ANCHOR_DIR"])
def test_it_does_not_start_when_what_must_last_cannot_be_written(
    production: Settings, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    setattr(production, name, tmp_path / "file" / "folder")
    assert f"{name}={tmp_path}/file/folder can't be written to" in problems(Part.OPS)


def test_it_does_not_start_without_the_files_that_every_page_names(
    production: Settings, tmp_path: Path
) -> None:
    production.EVIDENCE_PRIVATE_KEY = production.AUDIT_ANCHOR_KEY = ""
    production.STATIC_ROOT = tmp_path / "nothing"
    production.PAGES = "public"
    assert "run `manage.py collectstatic`" in problems(Part.WEB)
    production.PAGES = "health"
    assert problems(Part.WEB) == ""


@pytest.mark.parametrize("part", [Part.SCREENING, Part.OPS])
def test_a_worker_may_not_hold_the_key_to_evidence(production: Settings, part: Part) -> None:
    assert "EVIDENCE_PRIVATE_KEY is for the web process" in problems(part)


def test_it_does_not_start_with_retention_rules_that_break_a_bound(
    production: Settings, tmp_path: Path
) -> None:
    shipped = Path(production.RETENTION_RULES).read_text(encoding="utf-8")
    production.RETENTION_RULES = tmp_path / "rules.toml"
    production.RETENTION_RULES.write_text(shipped.replace("days = 365", "days = 30"))
    assert "[confirmed] days is 30" in problems(Part.OPS)


@pytest.mark.parametrize("part", [Part.SCREENING, Part.OPS])
def test_a_worker_may_not_hold_an_older_one_either(production: Settings, part: Part) -> None:
    production.EVIDENCE_PRIVATE_KEYS_BEFORE = (new_evidence_pair().private,)
    assert "EVIDENCE_PRIVATE_KEYS_BEFORE is for the web process" in problems(part)


def test_an_older_key_to_evidence_has_to_be_one(production: Settings) -> None:
    production.EVIDENCE_PRIVATE_KEYS_BEFORE = ("short",)
    assert "EVIDENCE_PRIVATE_KEYS_BEFORE must be 32 bytes" in problems(Part.SUPERVISOR)


@pytest.mark.parametrize("pages", ["public", "health"])
def test_a_web_process_without_staff_pages_may_not_hold_the_key_to_evidence(
    production: Settings, pages: str
) -> None:
    production.PAGES = pages
    assert "EVIDENCE_PRIVATE_KEY is for the web process" in problems(Part.WEB)


@pytest.mark.parametrize("part", [Part.WEB, Part.SCREENING])
def test_only_the_ops_worker_may_hold_the_key_to_anchors(production: Settings, part: Part) -> None:
    assert "AUDIT_ANCHOR_KEY is for the ops worker" in problems(part)


@pytest.mark.parametrize("part", [Part.WEB, Part.SCREENING, Part.OPS])
def test_nothing_that_runs_all_day_may_hold_the_owners_address(
    production: Settings, part: Part
) -> None:
    production.DATABASE_OWNER_URL = "postgresql://parley_owner:secret@db.example/parley"
    assert "DATABASE_OWNER_URL is for `manage.py migrate` alone" in problems(part)


def test_a_screening_worker_starts_with_redis_and_nothing_else(production: Settings) -> None:
    for name in (
        *("SECRET_KEY", "DATABASE_URL", "EVIDENCE_PUBLIC_KEY", "EVIDENCE_PRIVATE_KEY"),
        *("AUDIT_ANCHOR_KEY", "AUDIT_ANCHOR_PUBLIC_KEY"),
    ):
        setattr(production, name, "")
    production.ALLOWED_HOSTS, production.ALLOWED_ORIGINS = [], ()
    assert problems(Part.SCREENING) == ""
    production.REDIS_URL = ""
    assert "REDIS_URL is missing" in problems(Part.SCREENING)


def test_a_screening_worker_that_seals_frames_needs_the_key_to_seal_them_to(
    production: Settings,
) -> None:
    production.EVIDENCE_PRIVATE_KEY = ""
    production.AUDIT_ANCHOR_KEY = ""
    production.PREVALENCE_FRAMES_PER_HOUR = 1.0
    assert "EVIDENCE_PUBLIC_KEY" not in problems(Part.SCREENING)
    production.EVIDENCE_PUBLIC_KEY = ""
    assert "EVIDENCE_PUBLIC_KEY must be" in problems(Part.SCREENING)


def test_all_problems_are_named_at_once(production: Settings) -> None:
    production.DEBUG = True
    production.SECRET_KEY = ""
    assert problems().count("\n- ") == 2


def test_development_is_held_only_to_what_cannot_work(production: Settings) -> None:
    production.IS_PRODUCTION = False
    production.MODERATION_IS_STRICT = False
    production.DEBUG = True
    production.SECRET_KEY = "short"
    assert problems() == ""
    production.RELAY_NODE = "relay-9"
    assert "RELAY_NODE=relay-9" in problems()


def test_a_second_factor_may_be_left_out_knowingly(production: Settings) -> None:
    production.STAFF_SECOND_FACTOR = "off"
    production.IS_SECOND_FACTOR_OFF_KNOWINGLY = True
    assert problems() == ""


def test_proof_of_work_may_be_left_out_knowingly(production: Settings) -> None:
    production.PROOF_OF_WORK = "off"
    production.IS_PROOF_OF_WORK_OFF_KNOWINGLY = True
    assert problems() == ""


def test_the_camera_check_may_be_left_out_knowingly(production: Settings) -> None:
    production.CAMERA_CHECK = "off"
    production.IS_CAMERA_CHECK_OFF_KNOWINGLY = True
    assert problems() == ""


def test_it_starts_when_nothing_is_wrong(production: Settings) -> None:
    assert problems() == ""


def test_each_process_starts_with_its_own_keys_only(production: Settings) -> None:
    private_key, anchor_key = production.EVIDENCE_PRIVATE_KEY, production.AUDIT_ANCHOR_KEY
    for part, evidence, anchor in (
        (Part.WEB, private_key, ""),
        (Part.SCREENING, "", ""),
        (Part.OPS, "", anchor_key),
    ):
        production.EVIDENCE_PRIVATE_KEY = evidence
        production.AUDIT_ANCHOR_KEY = anchor
        assert problems(part) == "", part


def test_the_embedded_layout_is_recognised(services: TestServices) -> None:
    assert (
        str(layout.layout(services.place.root).redis_socket)
        in (layout.addresses(services.place.root, services.secrets)["REDIS_URL"])
    )
