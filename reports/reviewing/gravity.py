"""Whether a decision would leave what is grave about a report out. Pure.

Child safety and threats to life are on the safety floor. Confirming such a report under a lighter
policy says that the grave thing was not there: the same as dismissing it, and so two people's.
"""

from reports.models import Policy, Queue, Report


def leaves_it_out(report: Report, policy: Policy) -> bool:
    """Whether confirming `report` under `policy` takes a second person, as dismissing it does."""
    if report.queue == Queue.CHILD_SAFETY:
        return not policy.is_child_safety
    return report.is_safety_floor and not policy.needs_two_to_dismiss
