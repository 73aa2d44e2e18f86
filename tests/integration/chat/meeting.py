"""What the stories on the wire begin with: a pair of strangers, and somebody who is barred."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from chat.models import Participant
from reports.ids import DeviceId, ParticipantId
from reports.incoming import findings
from reports.rules import Rule
from reports.snapshots import Person
from tests.e2e.wire import Control, Message, Stranger, dial
from tests.report_cases import finding, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two who were paired: their sockets, and what each was told."""

    ada: Control
    bo: Control
    ada_paired: Message
    bo_paired: Message

    @property
    def conversation(self) -> str:
        return str(self.ada_paired["conversation"])


def open_control(stranger: Stranger) -> tuple[Control, Message]:
    """A control socket and its `welcome`; the stranger closes it with the test."""
    socket = dial(
        stranger.url,
        "/ws/chat/",
        "parley.v1",
        stranger.cookie_header,
        forwarded_for=stranger.forwarded_for,
    )
    control = Control(socket)
    stranger.control = control
    return control, control.expect("welcome")


def seek(control: Control, mode: str = "text") -> None:
    """Look for a partner."""
    control.send("seek", mode=mode, interests=[], languages=["en"], only_common=False)


def meet(ada: Stranger, bo: Stranger, mode: str = "text") -> Meeting:
    """Connect both and pair them."""
    (one, _), (other, _) = open_control(ada), open_control(bo)
    return pair(one, other, mode)


def pair(one: Control, other: Control, mode: str = "text") -> Meeting:
    """Let two open sockets find each other."""
    seek(one, mode)
    one.expect("searching")
    seek(other, mode)
    return Meeting(
        ada=one, bo=other, ada_paired=one.expect("paired"), bo_paired=other.expect("paired")
    )


def nothing_came(control: Control, kind: str) -> bool:
    """Whether no message of that type has come, once an answer to a later `ping` has."""
    control.send("ping")
    before = len(control.received)
    control.expect("pong")
    return all(message["type"] != kind for message in control.received[before:])


def look_in_vain(meeting: Meeting) -> None:
    """Both look again, and don't get each other although nobody else is there."""
    seek(meeting.ada)
    meeting.ada.expect("searching")
    seek(meeting.bo)
    meeting.bo.expect("searching")
    meeting.bo.expect("searching")
    assert nothing_came(meeting.ada, "paired")


def person(participant: str) -> Person:
    """The participant of a `welcome`, with their device."""
    row = Participant.objects.get(id=participant)
    return Person(
        participant=ParticipantId(UUID(participant)), device=DeviceId(UUID(str(row.device_id)))
    )


def bar(participant: str, rule: Rule = Rule.NUDITY) -> str:
    """Sanction somebody as a finding does; the code of their statement."""
    now = datetime.now(UTC)
    recorded = findings.record(
        finding(
            rule=rule,
            snapshot=snapshot(subject=person(participant), taken_at=now, started_at=now),
            found_at=now,
            evidence=(),
        )
    )
    assert recorded.sanction_code is not None
    return recorded.sanction_code
