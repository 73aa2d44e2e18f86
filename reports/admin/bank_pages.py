"""What the pages of known pictures and of imports have in common: states, and acts on a row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.state_filters import Offered, StateFilter
from reports.forms import ReasonForm
from reports.house_rules import policies
from reports.known_pictures import banks
from reports.models import BankEntry, BankImport, EntryState
from reports.models.bank_proposal import LIVE, STANDING
from reports.roles import NotAllowedError, Right, has_right
from reports.rules import Rule
from reports.sanctions import enforcement

REFUSED = (banks.BankError, enforcement.TwoPeopleNeededError, NotAllowedError)

TONES = {
    EntryState.PROPOSED: "warning",
    EntryState.LOG_ONLY: "warning",
    EntryState.ACTIVE: "bad",
    EntryState.REFUSED: "",
    EntryState.REVOKED: "",
}


class EntryStateFilter(StateFilter):
    """What waits, is on trial or in force is shown unless something else is asked for."""

    def offered(self) -> Offered:
        return [(state, state.label) for state in TONES]

    def fitting(self, rows: Any, choice: str) -> Any:
        return rows.in_stage(*([choice] if choice in TONES else STANDING))


class Service(Protocol):
    """What the services of bank entries and of bank imports let a person decide."""

    def approve(self, pk: int, /, *, acting_user: User, now: datetime) -> object: ...

    def refuse(self, pk: int, /, *, reason: str, acting_user: User, now: datetime) -> object: ...

    def revoke(self, pk: int, /, *, reason: str, acting_user: User, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the forms of a page say; `hook` begins the test ids, `agreed` answers an agreement."""

    hook: str
    question: Promise
    trial: Promise
    approve: Promise
    refuse: Promise
    revoking: Promise
    agreed: Promise


class BankPages(ServicePages):
    """Only rows of banks that the account may know of exist for it.

    A row is decided about by `service`, in these `words`.
    """

    right = Right.REVIEW
    list_display = ("id",)
    ordering = ("-proposed_at", "-pk")
    named_by = "public_id"
    service: Service
    words: Words

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/approve/", self.approve, "approve"),
            self.page("<uuid:pk>/refuse/", self.refuse, "refuse"),
            self.page("<uuid:pk>/revoke/", self.revoke, "revoke"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [self.summary(row) for row in rows],
            "default_state": _("Waiting, on trial or in force"),
        }

    def summary(self, row: Any) -> dict[str, Any]:
        """One row in words."""
        proposal: BankEntry | BankImport = row
        return {
            "id": proposal.short_id,
            "url": self.link("change", proposal.public_id),
            "bank": proposal.bank.name,
            "is_sealed": proposal.bank.queue != "standard",
            "rule": policies.title(Rule(proposal.rule)),
            "state": proposal.stage.label,
            "tone": TONES[proposal.stage],
            "by": proposal.proposed_by.get_username(),
            "since": proposal.proposed_at,
        }

    def is_complete(self, row: Any) -> bool:
        """Whether all that another person would agree to is there."""
        return True

    def context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        proposal: BankEntry | BankImport = row
        user = acting_user(request)
        is_own = proposal.proposed_by_id == user.pk
        is_waiting = proposal.state == EntryState.PROPOSED
        has_a_say = has_right(user, Right.APPROVE_ENTRY)
        may_agree = is_waiting and self.is_complete(row)
        return {
            "summary": self.summary(row),
            "words": self.words,
            "form": ReasonForm(),
            "is_own": is_own,
            "trial_ends": proposal.approved_at + banks.LOG_ONLY if proposal.approved_at else None,
            "may_approve": may_agree and has_a_say and not is_own,
            "may_refuse": is_waiting and (has_a_say or is_own),
            "may_revoke": proposal.stage in LIVE and has_a_say,
            "waits_for_another": may_agree and is_own,
            "approve_url": self.link("approve", proposal.public_id),
            "refuse_url": self.link("refuse", proposal.public_id),
            "revoke_url": self.link("revoke", proposal.public_id),
        }

    @protected
    @method_decorator(require_POST)
    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Agree to what another person proposed."""
        user = acting_user(request)
        return self._act(
            request,
            pk,
            lambda row: self.service.approve(row.pk, acting_user=user, now=timezone.now()),
            self.words.agreed,
        )

    @protected
    @method_decorator(require_POST)
    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Turn a proposal down, or take one's own back."""
        user = acting_user(request)
        return self._act_for_a_reason(
            request,
            pk,
            lambda row, why: self.service.refuse(
                row.pk, reason=why, acting_user=user, now=timezone.now()
            ),
            gettext_lazy("Refused."),
        )

    @protected
    @method_decorator(require_POST)
    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take it out; what rests on it alone is lifted."""
        user = acting_user(request)
        return self._act_for_a_reason(
            request,
            pk,
            lambda row, why: self.service.revoke(
                row.pk, reason=why, acting_user=user, now=timezone.now()
            ),
            gettext_lazy("Revoked. Every sanction that rested on it alone is lifted."),
        )

    def _act_for_a_reason(
        self, request: HttpRequest, pk: UUID, act: Callable[[Any, str], object], said: Promise
    ) -> HttpResponse:
        """Do it with the reason that the form gives, and say so on the row's page."""
        form = ReasonForm(request.POST)
        if not form.is_valid():
            self.row(request, pk)
            target = self.link("change", pk)
            return back(request, target, said=_("Give a reason."), went_well=False)
        return self._act(request, pk, lambda row: act(row, form.cleaned_data["reason"]), said)

    def _act(
        self, request: HttpRequest, pk: UUID, act: Callable[[Any], object], said: Promise
    ) -> HttpResponse:
        """Do it, and say on the row's page what came of it."""
        row = self.row(request, pk)
        target = self.link("change", pk)
        try:
            act(row)
        except REFUSED as error:
            return back(request, target, said=str(error), went_well=False)
        return back(request, target, said=str(said))
