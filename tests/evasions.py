"""The senders that `make bench-exposure` lets loose: what each shows when, and what it sends.

A sender shows something clean at first; its *turn*, at an instant of its own, begins what breaks
the rules. Times are ms since it attached.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, partial

import cv2
import numpy as np
import skimage.data

from moderation.packets import Kind
from tests.disguises import BACKDROPS, DISGUISES, Disguise, Picture, flat, put, rocket
from tests.talking_heads import FPS, filmed, moves

PAN_PX = 8
PAN_EVERY_MS = 4000
CLIP_S = 6
LENS_NOISE = 2.0
STILL_NOISE = 4.0
"""A camera's, as a standard deviation of 255: over a finger on the lens, and over a photograph."""


class Catch(StrEnum):
    """How a sender may be found out."""

    CUT = "cut"
    HELD = "held"
    CLOSED = "closed"
    FACELESS = "faceless"  # held because no face was fit to be judged
    LOOP = "loop"  # a replay was noticed, and is screened
    NOT_PASSED = "not_passed"  # the camera check didn't let it through


class Phase(StrEnum):
    """Where a sender meets the judges: at the camera check, or talking without one."""

    CHECKED = "checked"
    SCREENED = "screened"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One frame's turn: ms since the socket was attached, ms since the sender turned (negative
    before), and whether it goes out as a key frame."""

    at_ms: int
    since_ms: int
    is_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a frame shows."""

    picture: Picture
    is_dirty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A packet that is about to be sent; `stamp_us` is its timestamp."""

    kind: Kind
    payload: bytes
    stamp_us: int
    is_dirty: bool


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """One attempt's pictures: both pan slowly, as a hand-held camera does."""

    face: Picture
    backdrop: Picture
    seed: int

    def dirty(self, at_ms: int) -> Picture:
        return _panned(self.face, at_ms)

    def clean(self, at_ms: int) -> Picture:
        return _panned(self.backdrop, at_ms)


Paint = Callable[[Moment, Wardrobe], Shot | None]
"""What is shown at a moment; None sends nothing."""
Wrap = Callable[[Coded, Moment], Sequence[Coded]]
"""What is sent in place of an honest packet; made anew for each attempt, so it may remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evasion:
    """A way to get something past the judges.

    `caught_by` says what counts. `is_visible`: what breaks the rules is shown at a size and
    sharpness that the detector sees in the whole frame, so not one frame may pass while screened.
    `leaves_ms` after its turn the sender is gone. `is_known`: what is shown is `known_picture()`,
    which breaks no rule but lies in a bank. `is_lawful`: what is shown breaks no rule at all, it
    only isn't the person before the camera; so a face is just a face. `is_shown_twice`: the same
    device showed it to another partner before, and what counts is the second conversation.
    `shows_ms`: how long it is shown in a conversation, None for the phase's own time.
    """

    name: str
    paint: Paint
    caught_by: frozenset[Catch] = frozenset({Catch.CUT, Catch.HELD})
    is_visible: bool = True
    wrap: Callable[[], Wrap] = lambda: _as_it_is
    leaves_ms: int | None = None
    is_known: bool = False
    is_lawful: bool = False
    is_shown_twice: bool = False
    shows_ms: int | None = None
    phases: tuple[Phase, ...] = (Phase.SCREENED, Phase.SAMPLED)


def wardrobe(faces: Sequence[Picture], rng: random.Random) -> Wardrobe:
    """Some face and some backdrop."""
    return Wardrobe(rng.choice(faces), rng.choice(BACKDROPS)(), rng.getrandbits(32))


def known_picture() -> Picture:
    """A photograph with nothing in it that the detector knows: stands in for what a bank holds."""
    photograph: Picture = skimage.data.immunohistochemistry()  # type: ignore[no-untyped-call]
    return cv2.resize(photograph, (640, 480), interpolation=cv2.INTER_AREA).astype(np.uint8)


def live_face(moment: Moment, pictures: Wardrobe) -> Shot:
    """Somebody honest, for comparison: a face that moves."""
    return Shot(picture=pictures.dirty(moment.at_ms), is_dirty=False)


def _panned(picture: Picture, at_ms: int) -> Picture:
    offset = round(PAN_PX * (1 + np.sin(2 * np.pi * at_ms / PAN_EVERY_MS)))
    return np.roll(picture, offset, axis=1)


def _late(moment: Moment, pictures: Wardrobe) -> Shot:
    """Clean, then dirty for good."""
    is_dirty = moment.since_ms >= 0
    shown = pictures.dirty if is_dirty else pictures.clean
    return Shot(picture=shown(moment.at_ms), is_dirty=is_dirty)


def _dressed(disguise: Disguise, moment: Moment, pictures: Wardrobe) -> Shot:
    clean = pictures.clean(moment.at_ms)
    if moment.since_ms < 0:
        return Shot(picture=clean, is_dirty=False)
    # The same place in each frame of an attempt.
    rng = random.Random(pictures.seed)
    dressed = disguise.dress(pictures.dirty(moment.at_ms), clean, rng)
    return Shot(picture=np.ascontiguousarray(dressed), is_dirty=True)


def _clean_keys(moment: Moment, pictures: Wardrobe) -> Shot:
    return _dirty_if(not moment.is_key, moment, pictures)


def _dirty_keys(moment: Moment, pictures: Wardrobe) -> Shot:
    return _dirty_if(moment.is_key, moment, pictures)


def _clean_keys_every_other(moment: Moment, pictures: Wardrobe) -> Shot:
    is_its_turn = moment.since_ms // 100 % 2 == 0
    return _dirty_if(is_its_turn and not moment.is_key, moment, pictures)


def _flash(span_ms: int, moment: Moment, pictures: Wardrobe) -> Shot:
    """Dirty for `span_ms` every three seconds."""
    return _dirty_if(moment.since_ms % 3000 < span_ms, moment, pictures)


def _strobe(moment: Moment, pictures: Wardrobe) -> Shot:
    """Every other frame."""
    return _dirty_if(moment.since_ms // 100 % 2 == 0, moment, pictures)


def _woven_in_time(moment: Moment, pictures: Wardrobe) -> Shot:
    """Every other row of four in one frame, the others in the next: the eye adds them up."""
    if moment.since_ms < 0:
        return _late(moment, pictures)
    rows = np.arange(480)[:, None, None] // 8 % 2 == moment.since_ms // 100 % 2
    dirty, clean = pictures.dirty(moment.at_ms), pictures.clean(moment.at_ms)
    return Shot(picture=np.where(rows, dirty, clean), is_dirty=True)


def _from_black(moment: Moment, pictures: Wardrobe) -> Shot:
    if moment.since_ms < 0:
        return Shot(picture=flat(0), is_dirty=False)
    return _late(moment, pictures)


def _then_still(moment: Moment, pictures: Wardrobe) -> Shot | None:
    """One dirty frame, and nothing after it."""
    return None if moment.since_ms >= 100 else _late(moment, pictures)


def _two_faces(moment: Moment, pictures: Wardrobe) -> Shot:
    if moment.since_ms < 0:
        return _late(moment, pictures)
    half = cv2.resize(pictures.dirty(moment.at_ms), (320, 240)).astype(np.uint8)
    canvas = put(pictures.clean(moment.at_ms), half, 0, 120)
    return Shot(picture=put(canvas, half, 320, 120), is_dirty=True)


def _known(turn: Callable[[Picture], Picture], moment: Moment, pictures: Wardrobe) -> Shot:
    """The known picture, turned somehow, until it fills the frame."""
    if moment.since_ms < 0:
        return _late(moment, pictures)
    turned = cv2.resize(np.ascontiguousarray(turn(known_picture())), (640, 480))
    return Shot(picture=turned.astype(np.uint8), is_dirty=True)


def _looped(moment: Moment, _pictures: Wardrobe) -> Shot:
    """A clip without end, as a virtual camera shows it; where it stands at first is chance."""
    number = moment.since_ms * FPS // 1000 % (CLIP_S * FPS)
    return Shot(picture=_clip()[number], is_dirty=True)


@lru_cache(maxsize=1)
def _clip() -> list[Picture]:
    """Something that moves before a room; no face, which would count as breaking the rules."""
    return list(filmed(moves(CLIP_S, seed=1), seed=1, who=rocket()))


def _still(moment: Moment, pictures: Wardrobe) -> Shot:
    """A photograph of a face, with a camera's noise."""
    return Shot(picture=_noisy(pictures.face, STILL_NOISE, moment, pictures), is_dirty=True)


def _covered(moment: Moment, pictures: Wardrobe) -> Shot:
    """A finger on the lens."""
    skin = np.full((480, 640, 3), (150, 60, 40), np.uint8)
    return Shot(picture=_noisy(skin, LENS_NOISE, moment, pictures), is_dirty=True)


def _noisy(picture: Picture, deviation: float, moment: Moment, pictures: Wardrobe) -> Picture:
    rng = np.random.default_rng((pictures.seed, moment.at_ms))
    return np.clip(picture + rng.normal(0, deviation, picture.shape), 0, 255).astype(np.uint8)


def _in_words(moment: Moment, pictures: Wardrobe) -> Shot:
    """Words held into the camera: nothing reads them (I24)."""
    if moment.since_ms < 0:
        return _late(moment, pictures)
    canvas = flat(235)
    for line, text in enumerate(("COME TO MY", "PAGE FOR MORE", "example.test/x")):
        place = (40, 140 + 110 * line)
        cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_DUPLEX, 2.0, (20, 20, 20), 4)
    return Shot(picture=canvas, is_dirty=True)


def _dirty_if(is_dirty: bool, moment: Moment, pictures: Wardrobe) -> Shot:
    is_dirty = is_dirty and moment.since_ms >= 0
    shown = pictures.dirty if is_dirty else pictures.clean
    return Shot(picture=shown(moment.at_ms), is_dirty=is_dirty)


def _sized(width: int, height: int, moment: Moment, pictures: Wardrobe) -> Shot:
    """Dirty in a frame of that size."""
    if moment.since_ms < 0:
        return _late(moment, pictures)
    picture = cv2.resize(
        pictures.dirty(moment.at_ms), (width, height), interpolation=cv2.INTER_AREA
    )
    return Shot(picture=picture.astype(np.uint8), is_dirty=True)


# What is done to packets


def _as_it_is(coded: Coded, _moment: Moment) -> list[Coded]:
    return [coded]


class _Packed:
    """Holds each dirty frame back until the clean one after it can follow at its heels: by their
    timestamps the partner's page shows the dirty one for as long as if it had come in time."""

    def __init__(self) -> None:
        self._held: list[Coded] = []

    def __call__(self, coded: Coded, _moment: Moment) -> list[Coded]:
        if coded.is_dirty and coded.kind is Kind.DELTA:
            self._held.append(coded)
            return []
        sent, self._held = [*self._held, coded], []
        return sent


def _hidden(coded: Coded, moment: Moment) -> list[Coded]:
    """A frame that nobody is shown (show_frame 0), for a later one to bring up."""
    if moment.since_ms < 0 or coded.kind is Kind.KEY:
        return [coded]
    return [replace(coded, payload=bytes([coded.payload[0] & ~0x10]) + coded.payload[1:])]


def _called_delta(coded: Coded, moment: Moment) -> list[Coded]:
    if moment.since_ms < 0 or coded.kind is Kind.DELTA:
        return [coded]
    return [replace(coded, kind=Kind.DELTA)]


def _emptied(coded: Coded, moment: Moment) -> list[Coded]:
    """An empty packet in front: some decoders see nothing after it."""
    if moment.since_ms < 0:
        return [coded]
    return [replace(coded, kind=Kind.DELTA, payload=b""), coded]


_REFUSED = frozenset({Catch.CLOSED})
_UNMASKED = frozenset({Catch.NOT_PASSED, Catch.FACELESS, Catch.LOOP})
_EVERYWHERE = tuple(Phase)
_FACELESS_MS = 12_000
"""Who shows no face is held after ten seconds."""
_LOOP_MS = 8000
"""Once round and a part of it again."""

EVASIONS = (
    Evasion(name="late_exposure", paint=_late),
    Evasion(name="clean_keys_dirty_deltas", paint=_clean_keys),
    Evasion(name="flash_100_ms", paint=partial(_flash, 100)),
    Evasion(name="flash_500_ms", paint=partial(_flash, 500)),
    Evasion(name="flash_2_s", paint=partial(_flash, 2000)),
    Evasion(name="strobe", paint=_strobe),
    Evasion(name="rows_in_turns", paint=_woven_in_time, is_visible=False),
    Evasion(name="black_then_dirty", paint=_from_black),
    Evasion(name="hit_and_run", paint=_late, leaves_ms=1000, caught_by=frozenset({Catch.CUT})),
    Evasion(name="freeze_after_the_last_delta", paint=_then_still),
    Evasion(name="two_faces", paint=_two_faces),
    Evasion(name="packed_timestamps", paint=_clean_keys_every_other, wrap=_Packed),
    Evasion(name="hidden_frames", paint=_late, wrap=lambda: _hidden, caught_by=_REFUSED),
    Evasion(
        name="key_sent_as_delta", paint=_dirty_keys, wrap=lambda: _called_delta, caught_by=_REFUSED
    ),
    Evasion(name="empty_packets", paint=_late, wrap=lambda: _emptied, caught_by=_REFUSED),
    Evasion(name="size_1280x160", paint=partial(_sized, 1280, 160), caught_by=_REFUSED),
    Evasion(name="size_64x48", paint=partial(_sized, 64, 48), caught_by=_REFUSED),
    Evasion(name="in_words", paint=_in_words, is_visible=False),
    Evasion(
        name="looped_clip",
        paint=_looped,
        caught_by=frozenset({Catch.LOOP}),
        is_visible=False,
        is_lawful=True,
        is_shown_twice=True,
        shows_ms=_LOOP_MS,
    ),
    *(
        Evasion(
            name=name,
            paint=paint,
            caught_by=_UNMASKED,
            is_visible=False,
            is_lawful=True,
            shows_ms=_FACELESS_MS,
            phases=_EVERYWHERE,
        )
        for name, paint in (("still_picture_of_a_face", _still), ("covered_camera", _covered))
    ),
    *(
        Evasion(name=f"bank_picture_{name}", paint=partial(_known, turn), is_known=True)
        for name, turn in (
            ("as_it_is", lambda picture: picture),
            ("mirrored", lambda picture: picture[:, ::-1]),
            ("turned", lambda picture: np.rot90(picture[:, ::-1])),
            ("cropped", lambda picture: picture[24:456, 32:608]),
        )
    ),
    *(
        Evasion(name=each.name, paint=partial(_dressed, each), is_visible=each.is_plain)
        for each in DISGUISES
        if each.name != "none"
    ),
)
