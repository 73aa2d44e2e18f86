"""Every place for anchors keeps lines in their order and loses none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from pytest_django.fixtures import Settings

from reports.storages import storage_of
from reports.trail.anchor_stores import (
    FILE_NAME,
    AnchorStore,
    AnchorStoreError,
    FileStore,
    StorageStore,
    anchor_store,
)
from tests.s3_server import S3Server

Open = Callable[[], AnchorStore]


@pytest.fixture(params=["file", "objects on a disk", "objects in memory", "a bucket that locks"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same place again each time."""
    if request.param == "file":
        return lambda: FileStore(tmp_path / "anchors")
    if request.param == "a bucket that locks":
        server: S3Server = request.getfixturevalue("s3_server")
        setting = server.storage(server.new_bucket(is_locked=True), prefix="anchors")
        return lambda: StorageStore(storage_of(setting))
    on_disk = request.param == "objects on a disk"
    storage = FileSystemStorage(tmp_path / "objects") if on_disk else InMemoryStorage()
    return lambda: StorageStore(storage)


def test_there_is_nothing_at_first(open_store: Open) -> None:
    assert open_store().last() == b""
    assert list(open_store().lines()) == []
    assert list(open_store().lines(3)) == []


def test_lines_come_back_in_their_order(open_store: Open) -> None:
    for number in range(12):
        open_store().append(b"line %d" % number)
    assert open_store().last() == b"line 11"
    assert list(open_store().lines()) == [b"line %d" % number for number in range(12)]
    assert list(open_store().lines(10)) == [b"line 10", b"line 11"]


def test_more_than_a_folder_holds_stay_in_order() -> None:
    storage = InMemoryStorage()
    store = StorageStore(storage)
    for number in (999, 1000):
        name = f"{number:012d}"
        path = storage.path(f"{name[:3]}/{name[3:6]}/{name[6:9]}/{name}.json")
        with storage.open(path, "wb") as file:
            file.write(b"line %d" % number)
    store.append(b"line 1001")
    assert list(store.lines(998)) == [b"line 999", b"line 1000", b"line 1001"]


def test_an_object_that_is_gone_is_an_empty_line_in_its_place(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path)
    store = StorageStore(storage)
    for line in (b"1", b"2", b"3"):
        store.append(line)
    storage.delete("000/000/000/000000000002.json")
    assert list(store.lines()) == [b"1", b"", b"3"]


def test_a_storage_that_renames_is_refused(tmp_path: Path) -> None:
    class Renaming(FileSystemStorage):
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return f"{name}.other"

    with pytest.raises(AnchorStoreError, match="there already"):
        StorageStore(Renaming(tmp_path)).append(b"1")


def test_a_line_that_was_torn_off_never_was(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.append(b"whole")
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b'{"sequ')
    assert store.last() == b"whole"
    assert list(store.lines()) == [b"whole"]
    store.append(b"next")
    assert list(store.lines()) == [b"whole", b"next"]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    FileStore(tmp_path / "anchors").append(b"1")
    assert (tmp_path / "anchors" / FILE_NAME).stat().st_mode & 0o077 == 0


def test_the_settings_say_which(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_DIR = tmp_path / "folder"
    assert isinstance(anchor_store(), FileStore)
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": tmp_path / "objects"}
    settings.AUDIT_ANCHOR_STORAGE = {"BACKEND": backend, "OPTIONS": options}
    anchor_store().append(b"1")
    assert (tmp_path / "objects/000/000/000/000000000001.json").read_bytes() == b"1"
