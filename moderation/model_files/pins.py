"""Digests of every model file: those that set-up reads, and those that workers load. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A file by name and SHA-256 (hex)."""

    name: str
    sha256: str


NUDITY_SOURCE = Pin(
    name="320n.onnx", sha256="c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f"
)
"""In the `nudenet` 3.4.2 wheel, 12,150,158 bytes."""

AGE_MANIFEST_SOURCE = Pin(
    name="age_gender_model-weights_manifest.json",
    sha256="74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f",
)
AGE_WEIGHTS_SOURCE = Pin(
    name="age_gender_model.bin",
    sha256="49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa",
)
"""Both in the npm package `@vladmandic/face-api` 1.7.15."""

NUDITY = Pin(
    name="nudity-int8.onnx",
    sha256="9e61721d48da56306acaa0ac65f67982a1b04da71ee191bd0a4a09493d8a1893",
)
"""What `nudity_network.build` writes from it and from nudity_ranges.toml."""
AGE = Pin(
    name="age.onnx", sha256="c3f5f4c1fb715185601e807c8d6db6980c7caad08c2ee599cebd80ee03461aa9"
)
"""What `age_network.build` writes from the two sources, whatever release of onnx serialises it."""

LOADED = (NUDITY, AGE)
"""What a screening worker loads, from MODELS_DIR."""
