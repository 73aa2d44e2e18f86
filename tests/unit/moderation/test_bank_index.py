"""The index finds what a scan of all hashes finds: everything within 31 bits, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from moderation.bank.index import DISTANCE_MAX, Hashes, Near, Tables, as_hashes, fill, find, shapes

COUNT = 3000


def random_hashes(count: int, seed: int = 0) -> Hashes:
    return as_hashes(np.random.default_rng(seed).bytes(count * 32))


def tables_of(hashes: Hashes) -> Tables:
    tables = shapes(len(hashes))
    fill(hashes, tables)
    return tables


HASHES = random_hashes(COUNT)
TABLES = tables_of(HASHES)


def turned(hash_: Hashes, bits: list[int]) -> Hashes:
    """The hash with these bits turned."""
    raw = np.unpackbits(hash_.view(np.uint8), bitorder="little")
    raw[bits] ^= 1
    return np.packbits(raw, bitorder="little").view(np.uint64)


def scan(hashes: Hashes, questions: Hashes) -> list[Near]:
    return [
        Near(question, row, int(bits))
        for question, asked in enumerate(questions)
        for row, bits in enumerate(np.bitwise_count(hashes ^ asked).sum(axis=1))
        if bits <= DISTANCE_MAX
    ]


def test_an_empty_bank_finds_nothing() -> None:
    empty = random_hashes(0)
    assert find(empty, tables_of(empty), random_hashes(3)) == []


def test_no_question_finds_nothing() -> None:
    assert find(HASHES, TABLES, random_hashes(0)) == []


@given(
    row=st.integers(0, COUNT - 1),
    bits=st.lists(st.integers(0, 255), max_size=DISTANCE_MAX, unique=True),
)
def test_whatever_31_bits_are_turned_it_is_found(row: int, bits: list[int]) -> None:
    asked = turned(HASHES[row], bits)[None]
    assert find(HASHES, TABLES, asked) == [Near(0, row, len(bits))]


@given(
    row=st.integers(0, COUNT - 1),
    bits=st.lists(st.integers(0, 255), min_size=32, max_size=34, unique=True),
)
def test_a_bit_more_is_not_found(row: int, bits: list[int]) -> None:
    assert find(HASHES, TABLES, turned(HASHES[row], bits)[None]) == []


def test_the_worst_spread_over_the_chunks_is_found() -> None:
    """One chunk with one bit, all others with two: the pigeonhole's own limit."""
    bits = [16 * chunk + bit for chunk in range(16) for bit in (3, 9)][1:]
    assert find(HASHES, TABLES, turned(HASHES[7], bits)[None]) == [Near(0, 7, 31)]


def test_many_questions_and_equal_hashes_are_told_apart() -> None:
    crowded = np.concatenate([HASHES[:50], HASHES[:50]])
    asked = np.stack([turned(HASHES[row], list(range(0, 256, 9))) for row in range(50)])
    assert find(crowded, tables_of(crowded), asked) == scan(crowded, asked)
    assert len(scan(crowded, asked)) == 100
