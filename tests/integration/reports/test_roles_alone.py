"""An auditor sees no media and judges nothing: no account is that and something else, whoever made
it so."""

from functools import partial

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, connection, transaction

from reports.models import Report
from reports.roles import Right, Role, has_right
from tests.races import at_once
from tests.report_cases import staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("first", [Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("second", Role)
def test_the_database_refuses_a_second_role_beside(first: Role, second: Role) -> None:
    if first == second:
        return
    user = staff("both", first)
    with pytest.raises(IntegrityError, match="reports_roles_alone"), transaction.atomic():
        user.groups.add(Group.objects.get(name=second.value))
    other = staff("other", second)
    with pytest.raises(IntegrityError, match="reports_roles_alone"), transaction.atomic():
        other.groups.add(Group.objects.get(name=first.value))


@pytest.mark.django_db(transaction=True)
def test_two_roles_given_at_once_are_not_both_given() -> None:
    user = staff("somebody")

    def give(role: Role) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO auth_user_groups (user_id, group_id)"
                " SELECT %s, id FROM auth_group WHERE name = %s",
                [user.pk, role.value],
            )

    acts = (partial(give, role) for role in (Role.AUDITOR, Role.MODERATOR))
    given = at_once(*acts, losing=IntegrityError)
    assert sum(isinstance(one, IntegrityError) for one in given) == 1
    assert user.groups.count() == 1


@pytest.mark.parametrize(
    ("role", "right"),
    [
        (Role.AUDITOR, Right.REVIEW),
        (Role.AUDITOR, Right.OPEN_EVIDENCE),
        (Role.ADMIN, Right.REVIEW),
        (Role.MODERATOR, Right.READ_AUDIT),
        (Role.CHILD_SAFETY, Right.MANAGE_ACCOUNTS),
    ],
)
def test_rights_that_came_together_some_other_way_are_no_rights(role: Role, right: Right) -> None:
    """By a group of an operator's own, or straight into the database."""
    user = staff("both", role)
    extra = Group.objects.create(name="of-our-own")
    extra.permissions.add(Permission.objects.get(codename=right.value))
    user.groups.add(extra)
    both = User.objects.get(pk=user.pk)
    assert not [one for one in Right if has_right(both, one)]
    assert not Report.objects.visible_to(both).exists()


def test_reviewing_roles_and_measures_beside_auditing_stay_what_they_are() -> None:
    both = staff("both", Role.LEAD, Role.CHILD_SAFETY)
    assert has_right(both, Right.EDIT_POLICIES)
    assert has_right(both, Right.CHILD_SAFETY)
    auditor = staff("auditor", Role.AUDITOR)
    assert has_right(auditor, Right.READ_AUDIT)
    assert has_right(auditor, Right.SEE_MEASURES)
