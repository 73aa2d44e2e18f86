"""Measures the ranges of NudeNet's activations, from which the network of bytes is made.

`python -m tests.activation_ranges` writes moderation/model_files/nudity_ranges.toml; the network,
and so its digest in pins.py, is another one afterwards. The pictures are photographs that packages
ship, each also mirrored and without its left and upper fifth, and ellipses that the detector takes
for what breaks the rules: what it sees in such pictures needs room as well.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import openvino as ov
from onnx import GraphProto, NodeProto, load_from_string

from moderation.classifiers.base import Image
from moderation.classifiers.nudity import fit
from moderation.classifiers.sessions import DEVICE, OPTIONS
from moderation.model_files.fetching import read_detector
from moderation.model_files.nudity_network import FLOAT_CONVOLUTIONS, RANGES, SIDE_PX
from tests.pictures import SUSPECTED, ellipses, photographs

PASSING = frozenset({"MaxPool", "Resize", "Split"})
"""What these yield lies in the range of what they read."""
ROUND_TO = 0.01

Range = tuple[float, float]
Groups = list[tuple[str, ...]]


def main() -> int:
    """Measure, and write the file."""
    RANGES.write_text(as_toml(*measure()))
    return 0


def measure() -> tuple[Groups, dict[str, Range]]:
    """Which tensors share a range, and what each was seen to hold."""
    published = read_detector()
    groups = sharing(load_from_string(published).graph)
    names = [name for group in groups for name in group]
    network = ov.Core().read_model(published)
    network.add_outputs(names)
    network.reshape([1, 3, SIDE_PX, SIDE_PX])
    request = ov.Core().compile_model(network, DEVICE, OPTIONS).create_infer_request()
    seen: dict[str, Range] = dict.fromkeys(names, (0.0, 0.0))
    canvas = np.zeros((1, SIDE_PX, SIDE_PX, 3), np.uint8)
    for picture in pictures():
        fit(picture, canvas[0])
        request.infer([canvas.transpose(0, 3, 1, 2) * np.float32(1 / 255)])
        for name in names:
            values = request.get_tensor(name).data
            low, high = seen[name]
            seen[name] = (min(low, float(values.min())), max(high, float(values.max())))
    return groups, seen


def pictures() -> Iterator[Image]:
    """What the ranges are measured on."""
    for photograph in photographs().values():
        for picture in (photograph, cv2.flip(photograph, 1)):
            rows, columns = picture.shape[0] // 5, picture.shape[1] // 5
            yield picture.astype(np.uint8)
            yield picture[rows:, columns:].astype(np.uint8)
    for seed in SUSPECTED:
        yield ellipses(seed)


def sharing(graph: GraphProto) -> Groups:
    """What convolutions of bytes read, and what residual sums add up.

    Tensors that are concatenated somewhere share their steps: bytes need no rescaling there.
    """
    makers = {name: node for node in graph.node for name in node.output}
    groups: dict[str, set[str]] = {}
    for node in graph.node:
        for name in _rounded_inputs(node, makers):
            together = set(_sources(name, makers))
            together |= {other for known in together for other in groups.get(known, ())}
            groups |= dict.fromkeys(together, together)
    found = {tuple(sorted(group)): None for group in groups.values()}
    return list(found)


def as_toml(groups: Groups, seen: dict[str, Range]) -> str:
    """The file: a table for each group, its bounds rounded outwards."""
    lines = [
        "# Written by `python -m tests.activation_ranges`: which values the published network's"
    ]
    lines += ["# tensors hold; those that are concatenated share their bounds."]
    for group in groups:
        low = np.floor(min(seen[name][0] for name in group) / ROUND_TO) * ROUND_TO
        high = np.ceil(max(seen[name][1] for name in group) / ROUND_TO) * ROUND_TO
        names = "".join(f'    "{name}",\n' for name in group)
        lines += ["", "[[range]]", f"low = {low:.2f}", f"high = {high:.2f}"]
        lines += [f"tensors = [\n{names}]"]
    return "\n".join(lines) + "\n"


def _rounded_inputs(node: NodeProto, makers: dict[str, NodeProto]) -> list[str]:
    if node.op_type == "Conv" and node.name not in FLOAT_CONVOLUTIONS:
        return list(node.input[:1])
    adds_up = node.op_type == "Add" and all(name in makers for name in node.input)
    return list(node.input) if adds_up and "/m." in node.name else []


def _sources(name: str, makers: dict[str, NodeProto]) -> Iterator[str]:
    """The tensors whose values are in tensor `name`."""
    node = makers[name]
    if node.op_type == "Concat":
        for source in node.input:
            yield from _sources(source, makers)
    elif node.op_type in PASSING:
        yield from _sources(node.input[0], makers)
    else:
        yield name


if __name__ == "__main__":
    raise SystemExit(main())
