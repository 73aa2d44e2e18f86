"""Which frames people look at to say how much the machine overlooks: a fair draw, and its keeping.

The draw is uniform over time on screen. A submission stands for the time since the one before it
(`Sample.spans_ms`); it is drawn with a probability in proportion to that, and then one of its
pictures, all alike. So each second that is shown has the same chance, screened or sampled, risky
or not: the drawn frames' share that breaks a rule estimates the share of time on screen
(W. G. Cochran, Sampling Techniques, 3rd ed. 1977, ch. 9A: selection with probability in
proportion to size). The draw comes first and consent second, so that nobody is asked about who
isn't drawn.

Left out: what the machine acts on or a person will decide about, and whoever's age is in doubt,
or not seen yet: of them no picture is kept (I9).
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import redis
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from redis.exceptions import RedisError

from moderation.classifiers.base import Image
from moderation.context import AGE_LABEL, at, frozen_context
from moderation.pipeline import Picture
from moderation.samples import Sample
from moderation.stores import prevalence
from reports.prevalence import sealing
from reports.snapshots import Score

logger = logging.getLogger(__name__)

SPANS_MAX_MS = 10_000
"""No verdict clears a picture for longer; a longer time was a gap in which nothing came."""
HOUR_MS = 3_600_000
JPEG_QUALITY = 90
"""Memory is dear, and people judge what is in the picture, not its grain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The draw of one screening process. `per_hour` is how many frames are drawn in an hour of
    picture, `day_max` how many are kept in a day by all processes together."""

    client: redis.Redis
    public_key: X25519PublicKey
    per_hour: float
    day_max: int

    def draw(
        self, sample: Sample, pictures: Sequence[Picture], rng: random.Random
    ) -> Picture | None:
        """One of the submission's pictures, mostly None; whose it is plays no part."""
        if rng.random() >= chance(sample.spans_ms, self.per_hour):
            return None
        return rng.choice([picture for picture in pictures if picture.seq >= sample.first_seq])

    def keep(
        self, drawn: Picture, sample: Sample, scores: Sequence[Score], versions: tuple[str, str]
    ) -> None:
        """Seal and keep what was drawn, if the person agreed. `versions` are those of models and
        thresholds. Without Redis nothing is kept."""
        subject = sample.subject
        try:
            if not prevalence.has_agreed(self.client, subject.participant):
                return
            # Neither the partner nor anybody's lines: they have agreed to nothing.
            context = replace(
                frozen_context(subject, (), at(drawn.captured_ms)),
                partner=None,
                # An age is no score of what is in the picture.
                scores=tuple(score for score in scores if score.label != AGE_LABEL),
                model_version=versions[0],
                thresholds_version=versions[1],
            )
            kept = sealing.seal(_jpeg(drawn.render()), context, public_key=self.public_key)
            prevalence.save(self.client, kept, context.subject, day_max=self.day_max)
        except RedisError as error:
            logger.warning("a prevalence frame was not kept: %s", type(error).__name__)


def chance(spans_ms: int, per_hour: float) -> float:
    """How likely a submission that stands for so long is drawn, 0.0-1.0."""
    return min(1.0, per_hour * min(max(0, spans_ms), SPANS_MAX_MS) / HOUR_MS)


def _jpeg(image: Image) -> bytes:
    is_encoded, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not is_encoded:
        raise ValueError("OpenCV could not write a JPEG")
    return data.tobytes()
