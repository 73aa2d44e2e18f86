"""The rules of the house as versioned data."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _


class Ladder(models.TextChoices):
    """What a machine's finding under the policy leads to."""

    STRIKES = "strikes", _("10 minutes, 24 hours, 7 days by strikes")
    HOLD = "hold", _("Held until a person decides")
    PERSON = "person", _("Nothing until a person decides")


class Policy(models.Model):
    """One version of one rule; what was decided under a version keeps pointing at it.

    `title` and `text` are English message ids; `words` (`{language: {"title", "text"}}`) are what
    the house wrote in other languages, and `shown_title` and `shown_text` choose. `parent` is the
    code of the policy that this one is a finer ground of, "" for a rule's own. `severity` is
    0.0-1.0.
    `floor` is the least priority (0-100) of a report under it, null for none.
    """

    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    parent = models.SlugField(max_length=40, blank=True, default="")
    rule = models.CharField(max_length=32, db_index=True)
    title = models.CharField(max_length=120)
    text = models.TextField()
    words = models.JSONField(default=dict, blank=True)
    severity = models.FloatField()
    strike_weight = models.PositiveSmallIntegerField(default=1)
    ladder = models.CharField(max_length=10, choices=Ladder)
    floor = models.PositiveSmallIntegerField(null=True, blank=True)
    is_child_safety = models.BooleanField(default=False)
    needs_two_to_dismiss = models.BooleanField(default=False)
    dsa_category = models.CharField(max_length=80)
    dsa_keywords = models.JSONField(default=list)

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "policies"
        ordering = ("code", "-version")
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="policy_version_once"),
            models.UniqueConstraint(
                fields=("code",), condition=Q(is_current=True), name="policy_one_current"
            ),
            models.CheckConstraint(
                condition=Q(severity__gte=0.0, severity__lte=1.0), name="policy_severity_range"
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(floor__lte=100), name="policy_floor_range"
            ),
            models.CheckConstraint(
                condition=Q(is_child_safety=False) | Q(needs_two_to_dismiss=F("is_child_safety")),
                name="policy_child_safety_needs_two",
            ),
        )

    @property
    def shown_title(self) -> str:
        """The title in the active language."""
        return self._said("title") or gettext(self.title)

    @property
    def shown_text(self) -> str:
        """The text in the active language."""
        return self._said("text") or gettext(self.text)

    def _said(self, what: str) -> str:
        language = (get_language() or "en").partition("-")[0]
        said: str = self.words.get(language, {}).get(what, "")
        return said

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
