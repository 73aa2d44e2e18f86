"""A camera check before the real models: what passes, what is said to be missing, what is found."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import cv2
import numpy as np
import pytest
import redis
import redis.asyncio

from moderation.classifiers.screening import ScreeningClassifier
from moderation.judging import Judge, now_ms
from moderation.samples import Purpose, Subject
from moderation.stores import bars, findings, mailbox
from moderation.stores.mailbox import Overdue
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Decision, Missing, Verdict
from reports.ids import ConversationId
from reports.rules import Rule
from reports.snapshots import Finding
from tests.integration.moderation.outbox import Outbox
from tests.moderation_cases import Picture, astronaut, coffee, film, sample
from tests.streams import SUBJECT

FRAMES = 16
RNG = np.random.default_rng(7)
SHIPPED_AGE = AgeRules(suspend_years=17.0, doubt_years=21.0, minimum_faces=3)
HARMLESS = Thresholds(version="t", sha256="", nudity={}, age=SHIPPED_AGE)
A_FACE_BREAKS_THE_RULES = replace(HARMLESS, nudity={"FACE_FEMALE": Limits(hold=0.35, cut=0.5)})

Film = Sequence[Picture]


def panned(picture: Picture, by_px: int = 12) -> Film:
    """The picture, moving in a circle."""
    turns = np.linspace(0, 2 * np.pi, FRAMES, endpoint=False)
    return [
        np.roll(picture, (round(by_px * np.sin(turn)), round(by_px * np.cos(turn))), axis=(0, 1))
        for turn in turns
    ]


def noisy(picture: Picture, deviation: float) -> Film:
    """The picture standing still, with the noise of a camera."""
    return [
        (picture + RNG.normal(0, deviation, picture.shape)).clip(0, 255).astype(np.uint8)
        for _ in range(FRAMES)
    ]


def plain(*colour: int) -> Picture:
    return np.full((480, 640, 3), colour, np.uint8)


def far_away() -> Film:
    """The astronaut at 40 % of the size, walking by."""
    small = cv2.resize(astronaut(), (256, 192), interpolation=cv2.INTER_AREA).astype(np.uint8)
    pictures = []
    for step in range(FRAMES):
        picture = plain(110, 110, 110)
        picture[200:392, 300 + step : 556 + step] = small
        pictures.append(picture)
    return pictures


def blurred(picture: Picture) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), 3).astype(np.uint8)


class Booth:
    """Somebody in front of a camera check, and the judge."""

    def __init__(
        self,
        sync: redis.Redis,
        client: redis.asyncio.Redis,
        classifier: ScreeningClassifier,
        outbox: Outbox,
    ) -> None:
        self.sync, self.client = sync, client
        self.judge = Judge(client=sync, classifier=classifier, rules=HARMLESS, send=outbox.send)
        self.subject: Subject = replace(
            SUBJECT, conversation=ConversationId(uuid4()), partner=None, mode="check"
        )

    def under(self, rules: Thresholds) -> None:
        self.judge = replace(self.judge, rules=rules)

    async def show(self, pictures: Film, *, late_ms: int = 0) -> Verdict | None:
        """Hand the film in as a check does, and have it judged."""
        chain = film(pictures)  # takes a while
        first_ms, shift_ms = chain[0].arrived_ms, now_ms() - late_ms
        submission = sample(
            [one._replace(arrived_ms=one.arrived_ms - first_ms + shift_ms) for one in chain],
            purpose=Purpose.CHECK,
            subject=self.subject,
        )
        submission = replace(submission, first_seq=chain[0].seq)
        await mailbox.save(self.client, submission, submission.captured_ms)
        return self.judge.judge_next(submission.stream)

    async def look(self, pictures: Film) -> Verdict:
        verdict = await self.show(pictures)
        assert verdict is not None
        return verdict

    def found(self) -> Finding:
        (pending,) = findings.pending(self.sync, 2**45)
        finding = findings.load(self.sync, pending)
        assert finding is not None
        return finding

    async def is_barred(self) -> bool:
        return await bars.has(self.client, self.subject.participant, self.subject.device)


@pytest.fixture
def booth(
    redis_client: redis.Redis,
    async_redis: redis.asyncio.Redis,
    classifier: ScreeningClassifier,
    outbox: Outbox,
) -> Booth:
    return Booth(redis_client, async_redis, classifier, outbox)


@pytest.mark.parametrize(
    ("pictures", "missing"),
    [
        pytest.param(noisy(plain(0, 0, 0), 4), Missing.LIGHT, id="black"),
        pytest.param(panned((astronaut() // 5).astype(np.uint8)), Missing.LIGHT, id="dark"),
        pytest.param(noisy(plain(150, 60, 40), 2), Missing.CLEAR_VIEW, id="covered by a finger"),
        pytest.param(noisy(plain(250, 250, 250), 2), Missing.CLEAR_VIEW, id="into a lamp"),
        pytest.param(panned(coffee()), Missing.FACE, id="nobody there"),
        pytest.param(far_away(), Missing.LARGER_FACE, id="far away"),
        pytest.param(panned(blurred(astronaut())), Missing.CLEAR_FACE, id="blurred"),
        pytest.param([astronaut()] * FRAMES, Missing.MOVING_PICTURE, id="frozen"),
        pytest.param(noisy(astronaut(), 4), Missing.MOVING_PICTURE, id="a photograph, with noise"),
    ],
)
async def test_it_does_not_pass_and_says_what_is_missing(
    booth: Booth, pictures: Film, missing: Missing
) -> None:
    verdict = await booth.look(pictures)
    assert verdict.decision is Decision.CLEAR
    assert verdict.missing[0] is missing


async def test_a_face_that_moves_passes(booth: Booth) -> None:
    verdict = await booth.look(panned(astronaut()))
    assert verdict.decision is Decision.CLEAR
    assert verdict.missing == ()
    assert not verdict.keep_screened


async def test_an_age_in_doubt_passes_and_is_screened_throughout(booth: Booth) -> None:
    booth.under(
        replace(HARMLESS, age=AgeRules(suspend_years=10.0, doubt_years=40.0, minimum_faces=3))
    )
    verdict = await booth.look(panned(astronaut()))
    assert (verdict.decision, verdict.missing) == (Decision.CLEAR, ())
    assert verdict.keep_screened


async def test_an_age_below_the_limit_is_found_and_no_picture_is_kept(booth: Booth) -> None:
    booth.under(
        replace(HARMLESS, age=AgeRules(suspend_years=40.0, doubt_years=45.0, minimum_faces=3))
    )
    verdict = await booth.look(panned(astronaut()))
    assert verdict.decision is Decision.CUT
    finding = booth.found()
    assert (finding.rule, finding.is_child_safety, finding.evidence) == (Rule.MINOR, True, ())
    assert (finding.snapshot.partner, finding.snapshot.mode) == (None, "check")
    assert await booth.is_barred()


async def test_what_breaks_the_rules_is_cut_within_one_look_and_found_with_evidence(
    booth: Booth,
) -> None:
    booth.under(A_FACE_BREAKS_THE_RULES)
    verdict = await booth.look(panned(astronaut()))
    assert verdict.decision is Decision.CUT
    finding = booth.found()
    assert finding.rule is Rule.NUDITY
    assert finding.evidence
    assert finding.snapshot.partner is None
    assert not finding.was_pressed
    assert await booth.is_barred()


async def test_one_frame_of_it_holds_and_bars_nobody(booth: Booth) -> None:
    booth.under(A_FACE_BREAKS_THE_RULES)
    pictures = panned(coffee())
    verdict = await booth.look([*pictures[:-1], astronaut()])
    assert verdict.decision is Decision.HOLD
    assert not await booth.is_barred()


async def test_pictures_that_waited_too_long_are_not_judged(booth: Booth) -> None:
    with pytest.raises(Overdue):
        await booth.show(panned(astronaut()), late_ms=60_000)
