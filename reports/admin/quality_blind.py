"""What the second person sees: the report as the first one did, and nothing of what came of it.

Left out on purpose: ids and links (they can be searched), decisions, notes, priority, history,
sanctions, what reporters' earlier reports came to, whether the picture was cut, and whether a frame
went into a bank.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports import snapshot_json
from reports.admin.report_evidence import FOR_QUALITY
from reports.admin.report_exhibits import asked_frame, step_address, why_not_shown
from reports.evidence_room import access
from reports.house_rules import policies
from reports.models import Evidence, QualityItem
from reports.rules import Rule
from reports.snapshots import EvidenceKind, Score

AGE_LABEL = "age"


def context(item: QualityItem, request: HttpRequest) -> dict[str, Any]:
    """Lines, scores, what reporters wrote, times, evidence. Sealed originals stay closed: nobody
    approves a look for the sake of a sample."""
    report = item.report
    is_sealed = access.is_sealed(report)
    snapshot = snapshot_json.decode(report.snapshot)
    return {
        "lines": snapshot.lines,
        "facts": [
            (_("Mode"), snapshot.mode),
            (_("Pool"), snapshot.pool),
            (_("Started"), date_format(snapshot.started_at, "j M, H:i:s")),
            (_("Frozen"), date_format(snapshot.taken_at, "j M, H:i:s")),
        ],
        "findings": [
            {
                "title": policies.title(Rule(finding.rule)),
                "scores": [
                    _score(score) for score in snapshot_json.decode(finding.snapshot).scores
                ],
                "model_version": finding.model_version,
                "thresholds_version": finding.thresholds_version,
            }
            for finding in report.findings.order_by("at")
        ],
        "reporters": [
            {"title": policies.title(Rule(reporter.rule)), "note": reporter.note}
            for reporter in report.reporters.order_by("at")
        ],
        "is_sealed": is_sealed,
        "exhibits": [
            _exhibit(item, row, request, is_sealed=is_sealed)
            for row in report.evidence.order_by("-is_offending", "captured_at")
        ],
    }


def _exhibit(
    item: QualityItem, row: Evidence, request: HttpRequest, *, is_sealed: bool
) -> dict[str, Any]:
    is_frame = row.kind == EvidenceKind.FRAME
    kind = _("still") if is_frame else _("segment")
    where, frame, placeholder = (item.pk, row.pk), asked_frame(row, request), why_not_shown(row)
    may_open = not is_sealed and not placeholder
    return {
        "id": row.pk,
        "kind": row.kind,
        "caption": f"{kind}, {date_format(row.captured_at, 'H:i:s')}",
        "is_offending": row.is_offending,
        "frame": frame,
        "number": frame + 1,
        "frames": row.frames,
        "earlier": step_address(row, frame - 1),
        "later": step_address(row, frame + 1),
        "placeholder": placeholder,
        "mosaic_url": ""
        if placeholder
        else reverse("admin:reports_qualityitem_mosaic", args=where),
        "open_url": reverse("admin:reports_qualityitem_original", args=where) if may_open else "",
        "purpose": FOR_QUALITY,
    }


def _score(score: Score) -> tuple[str, str]:
    is_age = score.label == AGE_LABEL
    value = _("%.1f years") % score.value if is_age else f"{score.value:.2f}"
    return score.label.replace("_", " ").lower(), value
