"""What the tests of `reports` start from: people, findings, reports and staff."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import av
import cv2
import numpy as np
from django.contrib.auth.models import Group, User

from reports.ids import ConversationId, DeviceId, FindingId, ParticipantId
from reports.roles import Role
from reports.rules import Rule
from reports.snapshots import (
    EvidenceItem,
    EvidenceKind,
    Finding,
    Person,
    Score,
    Snapshot,
    SnapshotLine,
    Speaker,
    UserReport,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def person(number: int) -> Person:
    """The same person for the same number."""
    return Person(
        participant=ParticipantId(UUID(int=(number << 64) | (0xA000 + number))),
        device=DeviceId(UUID(int=(number << 64) | (0xD000 + number))),
    )


MALLORY, BO = person(1), person(2)


def snapshot(**changes: Any) -> Snapshot:
    """Mallory's conversation with Bo, a new one each time."""
    usual = Snapshot(
        conversation=ConversationId(uuid4()),
        mode="video",
        pool="adult",
        started_at=NOW - timedelta(minutes=2),
        taken_at=NOW,
        subject=MALLORY,
        partner=BO,
        lines=(
            SnapshotLine(
                at=NOW - timedelta(minutes=1),
                speaker=Speaker.SUBJECT,
                text="hello there",
                was_withheld=False,
            ),
        ),
        scores=(Score(label="FEMALE_BREAST_EXPOSED", value=0.82),),
        model_version="320n@1",
        thresholds_version="7",
    )
    return replace(usual, **changes)


def frame(seed: int = 0) -> EvidenceItem:
    """A noisy PNG of 640 by 480."""
    return EvidenceItem(
        kind=EvidenceKind.FRAME,
        media_type="image/png",
        data=png(seed),
        captured_at=NOW,
        is_offending=True,
    )


def png(seed: int = 0, width: int = 640, height: int = 480) -> bytes:
    """A PNG of noise."""
    picture = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def ivf(frames: int = 5) -> bytes:
    """A short VP8 film in an IVF file."""
    file = BytesIO()
    with av.open(file, mode="w", format="ivf") as container:
        stream = container.add_stream("vp8", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(frames):
            shade = np.full((240, 320, 3), number * 40, dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(shade, format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()


def finding(**changes: Any) -> Finding:
    """A cut for nudity with one frame; keyword arguments replace fields."""
    usual = Finding(
        id=FindingId(uuid4()),
        rule=Rule.NUDITY,
        is_child_safety=False,
        cut=True,
        was_pressed=False,
        snapshot=snapshot(),
        found_at=NOW,
        evidence=(frame(),),
    )
    return replace(usual, **changes)


def line_finding(**changes: Any) -> Finding:
    """Mallory wrote that she is under 18."""
    usual = finding(
        rule=Rule.MINOR,
        is_child_safety=True,
        cut=False,
        evidence=(),
        snapshot=snapshot(scores=(), model_version="lines-2+0", thresholds_version=""),
    )
    return replace(usual, **changes)


def user_report(**changes: Any) -> UserReport:
    """Bo reports Mallory for harassment."""
    usual = UserReport(
        rule=Rule.HARASSMENT,
        note="was rude",
        snapshot=snapshot(),
        reported_at=NOW,
        reporter_since=NOW - timedelta(days=30),
    )
    return replace(usual, **changes)


def staff(name: str, *roles: Role) -> User:
    """An account with roles; needs the database."""
    user = User.objects.create_user(name, password=None, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user
