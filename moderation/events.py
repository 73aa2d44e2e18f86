"""What this room tells those above it: verdicts, on the relay node's channel, as JSON.

Errors: `EventError` for a message that is no verdict; a retry does not help.
"""

import json
from typing import Any

from moderation.samples import StreamId
from moderation.verdicts import Decision, Missing, Reason, Verdict

VERDICT = "verdict"


class EventError(Exception):
    """A message does not have the shape that its type promises."""


def node_channel(node: str) -> str:
    """The one pub/sub channel of a relay node; other rooms' messages travel on it, too."""
    return f"parley:node:{node}"


def encode_verdict(verdict: Verdict) -> str:
    """The verdict as a JSON object with `"type": "verdict"`; `n` comes first."""
    return json.dumps(
        {
            "n": verdict.n,
            "type": VERDICT,
            "stream": verdict.stream,
            "epoch": verdict.epoch,
            "sample": verdict.sample,
            "decision": verdict.decision,
            "reasons": list(verdict.reasons),
            "first_seq": verdict.first_seq,
            "last_seq": verdict.last_seq,
            "sha256": verdict.sha256,
            "judged_captured_ms": verdict.judged_captured_ms,
            "score": verdict.score,
            "again_in_ms": verdict.again_in_ms,
            "keep_screened": verdict.keep_screened,
            "model_version": verdict.model_version,
            "thresholds_version": verdict.thresholds_version,
            "missing": list(verdict.missing),
            "has_face": verdict.has_face,
            "is_borderline": verdict.is_borderline,
        },
        separators=(",", ":"),
    )


def decode_verdict(message: str | bytes) -> Verdict:
    """The verdict in a message that `encode_verdict` made. Raises `EventError`."""
    try:
        fields: dict[str, Any] = json.loads(message)
        if fields["type"] != VERDICT:
            raise EventError(f"not a verdict but {fields['type']!r}")
        again_in_ms = fields["again_in_ms"]
        return Verdict(
            stream=StreamId(str(fields["stream"])),
            epoch=int(fields["epoch"]),
            n=int(fields["n"]),
            sample=int(fields["sample"]),
            decision=Decision(fields["decision"]),
            reasons=tuple(Reason(reason) for reason in fields["reasons"]),
            first_seq=int(fields["first_seq"]),
            last_seq=int(fields["last_seq"]),
            sha256=str(fields["sha256"]),
            judged_captured_ms=int(fields["judged_captured_ms"]),
            score=float(fields["score"]),
            again_in_ms=None if again_in_ms is None else int(again_in_ms),
            keep_screened=bool(fields["keep_screened"]),
            model_version=str(fields["model_version"]),
            thresholds_version=str(fields["thresholds_version"]),
            missing=tuple(Missing(name) for name in fields["missing"]),
            has_face=bool(fields["has_face"]),
            is_borderline=bool(fields["is_borderline"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EventError(f"not a verdict: {error!r}") from error
