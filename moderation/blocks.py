"""Differences between two thumbnails, block by block. Pure."""

import numpy as np
import numpy.typing as npt

BLOCKS_ACROSS = 16
BLOCKS_DOWN = 12

Thumbnail = npt.NDArray[np.uint8]
"""320 x 240 x 3 (rows x columns are 240 x 320), any picture shrunk to it."""
Floats = npt.NDArray[np.float32]


def block_differences(one: Thumbnail | Floats, other: Thumbnail | Floats) -> Floats:
    """The mean absolute difference, 0-255, in each of 12 x 16 blocks, in the channel where it is
    largest.

    The mean of the absolute differences inside a block, not the difference of its means: a mosaic
    has the same means as the picture it hides.
    """
    difference = np.maximum(one, other) - np.minimum(one, other)
    rows, columns, channels = difference.shape
    # Rows first: NumPy adds up whole lines of memory ten times as fast as it averages small blocks.
    exact = np.uint16 if difference.dtype == np.uint8 else np.float32
    lines = difference.reshape(BLOCKS_DOWN, rows // BLOCKS_DOWN, columns * channels)
    down = lines.sum(axis=1, dtype=exact)
    across = down.reshape(BLOCKS_DOWN, BLOCKS_ACROSS, columns // BLOCKS_ACROSS, channels)
    sums = across.sum(axis=2, dtype=np.float32)
    pixels = (rows // BLOCKS_DOWN) * (columns // BLOCKS_ACROSS)
    largest: Floats = (sums / np.float32(pixels)).max(axis=2)
    return largest
