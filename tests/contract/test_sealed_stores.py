"""Wherever sealed evidence lies, on a disk or in a bucket: the same holds, the same goes wrong."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from pytest_django.fixtures import Settings

from reports.evidence_room.storage import evidence_storage
from reports.storages import storage_of
from tests.s3_server import S3Server

SLOW_S = 0.3


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Storage:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    if request.param == "bucket":
        server: S3Server = request.getfixturevalue("s3_server")
        settings.EVIDENCE_STORAGE = server.storage(server.new_bucket(), prefix="/sealed/")
    return evidence_storage()


def read(storage: Storage, name: str) -> bytes:
    with storage.open(name) as file:
        data: bytes = file.read()
    return data


def save(storage: Storage, name: str, data: bytes = b"sealed") -> str:
    return str(storage.save(name, ContentFile(data)))


def test_what_is_not_there_is_said_to_be_missing(storage: Storage) -> None:
    assert not storage.exists("1.sealed")
    for ask in (storage.open, storage.size, storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("1.sealed")
    storage.delete("1.sealed")


def test_what_is_kept_comes_back_byte_by_byte(storage: Storage) -> None:
    data = bytes(range(256)) * 1024
    assert save(storage, "1.sealed", data) == "1.sealed"
    assert read(storage, "1.sealed") == data
    assert storage.size("1.sealed") == len(data)
    assert abs(storage.get_modified_time("1.sealed").timestamp() - time.time()) < 60


def test_what_is_kept_is_never_written_over(storage: Storage) -> None:
    save(storage, "1.sealed", b"first")
    with suppress(FileExistsError):
        assert save(storage, "1.sealed", b"second") != "1.sealed"
    assert read(storage, "1.sealed") == b"first"


def test_it_lists_what_is_there_and_what_was_deleted_is_not(storage: Storage) -> None:
    for name in ("1.sealed", "2.sealed"):
        save(storage, name)
    storage.delete("1.sealed")
    assert storage.listdir("") == ([], ["2.sealed"])


def test_a_bucket_is_listed_beyond_one_page(s3_server: S3Server) -> None:
    setting = s3_server.storage(s3_server.new_bucket(), prefix="sealed", page_objects=2)
    storage = storage_of(setting)
    names = {f"{number}.sealed" for number in range(5)}
    for name in names:
        save(storage, name)
    assert set(storage.listdir("")[1]) == names


def test_a_bucket_that_went_is_no_missing_object(s3_server: S3Server) -> None:
    storage = storage_of(s3_server.storage("parley-was-never-made"))
    with pytest.raises(OSError, match="no such bucket") as told:
        storage.open("1.sealed")
    assert not isinstance(told.value, FileNotFoundError)
    with pytest.raises(OSError, match="no such bucket"):
        save(storage, "1.sealed")
    with pytest.raises(OSError, match="no such bucket"):
        storage.listdir("")


def test_keys_that_may_nothing_are_refused_and_no_key_is_repeated(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    storage = storage_of(s3_server.storage(bucket))
    save(storage, "1.sealed")
    s3_server.deny(bucket)
    with pytest.raises(PermissionError) as told:
        storage.open("1.sealed")
    assert "parley" not in str(told.value)
    with pytest.raises(PermissionError):
        storage.delete("1.sealed")
    with pytest.raises(PermissionError):
        save(storage, "2.sealed")


def test_nobody_waits_for_ever_for_a_bucket(s3_server: S3Server) -> None:
    setting = s3_server.storage(s3_server.new_bucket(), read_timeout_s=SLOW_S)
    storage = storage_of(setting)
    save(storage, "1.sealed")
    for ask in (storage.open, storage.listdir, storage.exists):
        began_s = time.monotonic()
        with s3_server.stalled(), pytest.raises(TimeoutError):
            ask("1.sealed")
        # Two attempts and the pause between them.
        assert time.monotonic() - began_s < 4
    assert read(storage, "1.sealed") == b"sealed"


def test_what_trickles_is_given_up(s3_server: S3Server) -> None:
    setting = s3_server.storage(s3_server.new_bucket(), body_timeout_s=0.0)
    storage = storage_of(setting)
    save(storage, "1.sealed")
    with pytest.raises(TimeoutError, match="too long"):
        storage.open("1.sealed")


def test_a_bucket_whose_server_is_gone_is_away(s3_server: S3Server) -> None:
    setting = s3_server.storage("any")
    setting["OPTIONS"]["endpoint_url"] = "http://127.0.0.1:9"
    with pytest.raises(OSError, match="can't be reached") as told:
        storage_of(setting).open("1.sealed")
    assert not isinstance(told.value, FileNotFoundError)
