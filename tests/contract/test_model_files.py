"""Model files: made from the published ones, checked where they are read, refused otherwise."""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings
from onnx.external_data_helper import uses_external_data

from moderation.model_files import fetching, nudity_network
from moderation.model_files.age_network import AgeNetworkError, build, read_weights
from moderation.model_files.loading import ModelFileError, verify
from moderation.model_files.nudity_network import NudityNetworkError
from moderation.model_files.pins import AGE, AGE_MANIFEST_SOURCE, AGE_WEIGHTS_SOURCE, LOADED, NUDITY
from tests import activation_ranges

PUBLISHED = Path(settings.BASE_DIR) / fetching.FACE_API


def tell(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def sources() -> tuple[bytes, bytes]:
    """The age network's published manifest and weights."""
    manifest = (PUBLISHED / AGE_MANIFEST_SOURCE.name).read_bytes()
    return manifest, (PUBLISHED / AGE_WEIGHTS_SOURCE.name).read_bytes()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    """An empty MODELS_DIR."""
    with override_settings(MODELS_DIR=tmp_path / "models"):
        yield tmp_path / "models"


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="fetch_models"):
        verify(tmp_path)


@pytest.mark.parametrize("name", [pin.name for pin in LOADED])
def test_one_changed_byte_is_refused_and_mended(models_dir: Path, empty: Path, name: str) -> None:
    call_command("fetch_models", verbosity=0)
    data = bytearray((models_dir / name).read_bytes())
    data[len(data) // 2] ^= 1
    (empty / name).write_bytes(data)

    with pytest.raises(ModelFileError, match=name):
        verify(empty)

    call_command("fetch_models", verbosity=0)
    verify(empty)


def test_weights_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, sources: tuple[bytes, bytes]
) -> None:
    folder = tmp_path / fetching.FACE_API
    folder.mkdir(parents=True)
    manifest, weights = sources
    (folder / AGE_MANIFEST_SOURCE.name).write_bytes(manifest)
    (folder / AGE_WEIGHTS_SOURCE.name).write_bytes(weights[:-1] + b"\0")

    with pytest.raises(ModelFileError, match=AGE_WEIGHTS_SOURCE.name):
        fetching.fetch(tmp_path / "models", tmp_path, tell)


def test_without_npm_one_line_says_what_to_install(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with (
        override_settings(BASE_DIR=tmp_path),
        pytest.raises(CommandError, match="install Node 20"),
    ):
        call_command("fetch_models", verbosity=0)

    assert not (empty / AGE.name).exists()


def test_a_second_run_needs_neither_npm_nor_the_packages(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("fetch_models", verbosity=0)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = {path.name: path.stat().st_mtime_ns for path in empty.iterdir()}

    fetching.fetch(empty, tmp_path / "nowhere", tell)

    assert {path.name: path.stat().st_mtime_ns for path in empty.iterdir()} == before
    assert set(before) == {NUDITY.name, AGE.name}


def test_the_age_network_comes_out_the_same_and_as_pinned(sources: tuple[bytes, bytes]) -> None:
    written = {build(*sources) for _ in range(2)}

    assert [hashlib.sha256(data).hexdigest() for data in written] == [AGE.sha256]


def test_the_nudity_network_comes_out_the_same_and_as_pinned() -> None:
    ranges = nudity_network.RANGES.read_bytes()
    written = {nudity_network.build(fetching.read_detector(), ranges) for _ in range(2)}

    assert [hashlib.sha256(data).hexdigest() for data in written] == [NUDITY.sha256]


def test_a_range_of_another_network_is_refused() -> None:
    ranges = b'[[range]]\nlow = 0.0\nhigh = 1.0\ntensors = ["elsewhere"]\n'

    with pytest.raises(NudityNetworkError, match="elsewhere"):
        nudity_network.build(fetching.read_detector(), ranges)


def test_the_ranges_are_those_that_packaged_pictures_give() -> None:
    groups, seen = activation_ranges.measure()
    written = tomllib.loads(nudity_network.RANGES.read_text())["range"]

    assert [tuple(entry["tensors"]) for entry in written] == groups
    for entry in written:
        low, high = (
            choose(seen[name][index] for name in entry["tensors"])
            for index, choose in enumerate((min, max))
        )
        # Another processor adds up in another order, and may round to the next step.
        assert entry["low"] == pytest.approx(low, abs=1.5 * activation_ranges.ROUND_TO)
        assert entry["high"] == pytest.approx(high, abs=1.5 * activation_ranges.ROUND_TO)


def test_no_model_keeps_weights_in_another_file(models_dir: Path) -> None:
    for pin in LOADED:
        model = onnx.load(models_dir / pin.name, load_external_data=False)
        assert not any(uses_external_data(tensor) for tensor in model.graph.initializer)


def test_weights_too_few_or_too_many_do_not_make_a_network(sources: tuple[bytes, bytes]) -> None:
    manifest, weights = sources
    for wrong in (weights[:-1], weights + b"\0"):
        with pytest.raises(AgeNetworkError):
            read_weights(manifest, wrong)
    with pytest.raises(AgeNetworkError, match="entry_flow/conv_in"):
        build(b"[]", b"")
