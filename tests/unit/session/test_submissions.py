"""What is handed in, and until when it is waited for."""

from chat.session.submissions import UNANSWERED_MAX_MS, WINDOW_LATE_MS, Submissions
from moderation.packets import Kind
from tests.packets import ZERO_MS, packet
from tests.streams import SUBJECT

WINDOW = (packet(Kind.KEY, 0, 0),)


def deadline_ms(waited_ms: int) -> int:
    """Of a window that was handed in so long after it came."""
    submissions = Submissions(SUBJECT, "relay-1", 0)
    return submissions.window(WINDOW, WINDOW, 1, ZERO_MS + waited_ms).deadline_ms - ZERO_MS


def test_a_window_is_waited_for_two_seconds() -> None:
    assert deadline_ms(0) == UNANSWERED_MAX_MS
    assert deadline_ms(WINDOW_LATE_MS) == WINDOW_LATE_MS + UNANSWERED_MAX_MS


def test_a_window_that_waited_long_for_the_one_before_it_is_given_up_sooner() -> None:
    # Else what is judged in an overload would be up to four seconds old.
    assert deadline_ms(1900) == WINDOW_LATE_MS + UNANSWERED_MAX_MS
