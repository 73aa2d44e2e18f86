"""Evidence is rewrapped to a new pair: all of it, once, also when the command is killed."""

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from reports.evidence_room import envelopes, evidence, key_rotation, viewing
from reports.evidence_room.storage import evidence_storage
from reports.incoming import findings
from reports.keys import (
    evidence_keyring,
    evidence_private_key,
    evidence_public_key,
    fingerprint,
    new_evidence_pair,
)
from reports.models import AuditEntry, Evidence, Report
from reports.reviewing import claims
from tests.integration.reports.killing import run_and_kill
from tests.report_cases import NOW, finding, frame
from tests.services import TestServices

pytestmark = pytest.mark.django_db(transaction=True)
VERB = "evidence.key_rotated"


@pytest.fixture
def old_private(settings: Settings) -> str:
    """Two frames are sealed; then a new pair is put in, and the old private key kept beside it."""
    findings.record(finding(evidence=(frame(1), frame(2))))
    old: str = settings.EVIDENCE_PRIVATE_KEY
    use_new_pair(settings)
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = (old,)
    return old


def use_new_pair(settings: Settings) -> None:
    pair = new_evidence_pair()
    settings.EVIDENCE_PUBLIC_KEY, settings.EVIDENCE_PRIVATE_KEY = pair.public, pair.private


def rotate() -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command("rotate_evidence_keys", stdout=out, stderr=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def open_all(user: User) -> int:
    """How many of the claimed report's items open."""
    if Report.objects.get().state == "open":
        claims.claim_next(acting_user=user, now=NOW)
    return len(
        [
            viewing.open_original(row.pk, acting_user=user, now=NOW).data
            for row in Evidence.objects.all()
        ]
    )


def test_nothing_is_touched_when_the_new_key_would_not_open_it(
    old_private: str, settings: Settings
) -> None:
    settings.EVIDENCE_PUBLIC_KEY = new_evidence_pair().public
    before = list(Evidence.objects.values_list("key_id", "wrapped_key"))
    with pytest.raises(CommandError, match="does not belong"):
        call_command("rotate_evidence_keys")
    assert list(Evidence.objects.values_list("key_id", "wrapped_key")) == before


def test_what_no_key_here_opens_is_left_and_counted(old_private: str, settings: Settings) -> None:
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = ()
    old_id = Evidence.objects.values_list("key_id", flat=True).distinct().get()
    code, said = rotate()
    assert code == 1
    assert f"2 item(s) are still sealed to {old_id}" in said
    assert not AuditEntry.objects.filter(verb=VERB).exists()


def test_an_item_whose_key_was_altered_is_named_and_the_others_go_on(old_private: str) -> None:
    broken = Evidence.objects.first()
    assert broken is not None
    Evidence.objects.filter(pk=broken.pk).update(wrapped_key=b"x" * 80)
    code, said = rotate()
    assert code == 1
    assert f"evidence {broken.pk} does not open" in said
    assert "rewrapped 1 to" in said
    assert "throw it away" not in said


def test_everything_opens_before_and_after_and_the_old_key_may_go(
    old_private: str, mod: User, settings: Settings
) -> None:
    assert open_all(mod) == 2
    files = {path.name: path.read_bytes() for path in Path(settings.EVIDENCE_DIR).iterdir()}
    old_id = Evidence.objects.values_list("key_id", flat=True).distinct().get()

    code, said = rotate()

    new_id = fingerprint(evidence_public_key(settings.EVIDENCE_PUBLIC_KEY))
    assert code == 0
    assert f"nothing is sealed to {old_id} any more" in said
    assert {row.key_id for row in Evidence.objects.all()} == {new_id}
    entries = AuditEntry.objects.filter(verb=VERB)
    assert {entry.object_id for entry in entries} == {str(row.pk) for row in Evidence.objects.all()}
    assert {entry.payload for entry in entries} == {f'{{"from":"{old_id}","to":"{new_id}"}}'}
    assert {path.name: path.read_bytes() for path in Path(settings.EVIDENCE_DIR).iterdir()} == files
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = ()
    assert open_all(mod) == 2
    settings.EVIDENCE_PRIVATE_KEY = old_private
    with pytest.raises(evidence.AlteredError, match=new_id):
        open_all(mod)


def test_a_second_run_does_nothing(old_private: str) -> None:
    rotate()
    entries = AuditEntry.objects.count()
    code, said = rotate()
    assert (code, AuditEntry.objects.count()) == (0, entries)
    assert "rewrapped 0 to" in said


def test_what_was_destroyed_keeps_nobody_from_throwing_the_key_away(old_private: str) -> None:
    Evidence.objects.update(destroyed_at=NOW, wrapped_key=b"", nonce=b"")
    code, said = rotate()
    assert code == 0
    assert "throw it away" in said
    assert not AuditEntry.objects.filter(verb=VERB).exists()


def test_killed_in_the_middle_it_has_lost_nothing_and_repeats_nothing(
    old_private: str, settings: Settings, services: TestServices
) -> None:
    many = 1500
    data = seal_many(old_private, many)
    settings_for_it = {
        "EVIDENCE_PUBLIC_KEY": settings.EVIDENCE_PUBLIC_KEY,
        "EVIDENCE_PRIVATE_KEY": settings.EVIDENCE_PRIVATE_KEY,
        "EVIDENCE_PRIVATE_KEYS_BEFORE": old_private,
    }
    run_and_kill(
        services,
        "rotate_evidence_keys",
        when=AuditEntry.objects.filter(verb=VERB).exists,
        environment=settings_for_it,
    )

    new_id = fingerprint(evidence_public_key(settings.EVIDENCE_PUBLIC_KEY))
    done = Evidence.objects.filter(key_id=new_id).count()
    assert 0 < done < many
    assert AuditEntry.objects.filter(verb=VERB).count() == done
    assert opens_with(settings, data)

    rotated = key_rotation.rotate(lambda: NOW)

    assert (rotated.rewrapped, dict(rotated.left)) == (many + 2 - done, {})
    recorded = AuditEntry.objects.filter(verb=VERB).values_list("object_id", flat=True)
    assert len(recorded) == len(set(recorded)) == many + 2
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = ()
    assert opens_with(settings, data)


def seal_many(private: str, count: int) -> dict[str, bytes]:
    """So many small items beside the report's own, by id; every hundredth has its file."""
    model = Evidence.objects.first()
    assert model is not None
    old_id = model.key_id
    public = evidence_private_key(private).public_key()
    data, rows = {}, []
    for number in range(count):
        row = Evidence(
            **{
                field.attname: getattr(model, field.attname)
                for field in Evidence._meta.fields
                if field.name not in {"id", "sha256"}
            },
            sha256=f"{number:064d}",
        )
        context = evidence.sealing_context(row.pk, row.report_id, row.sha256)
        sealed = envelopes.seal(b"item %d" % number, context=context, public_key=public)
        row.nonce, row.wrapped_key, row.key_id = sealed.nonce, sealed.wrapped_key, old_id
        if number % 100 == 0:
            evidence_storage().save(evidence.file_name(row.pk), ContentFile(sealed.sealed))
            data[str(row.pk)] = b"item %d" % number
        rows.append(row)
    Evidence.objects.bulk_create(rows)
    return data


def opens_with(settings: Settings, data: dict[str, bytes]) -> bool:
    """Whether each of these items opens with the keys that are set now."""
    keyring = evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, settings.EVIDENCE_PRIVATE_KEYS_BEFORE)
    for row in Evidence.objects.filter(pk__in=data):
        with evidence_storage().open(evidence.file_name(row.pk)) as file:
            envelope = envelopes.Envelope(
                sealed=file.read(), nonce=bytes(row.nonce), wrapped_key=bytes(row.wrapped_key)
            )
        context = evidence.sealing_context(row.pk, row.report_id, row.sha256)
        if (
            envelopes.unseal(envelope, context=context, private_key=keyring[row.key_id])
            != (data[str(row.pk)])
        ):
            return False
    return len(data) == Evidence.objects.filter(pk__in=data).count()
