"""What decisions are worth: taken back on appeal, made by a machine, followed by another."""

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Chart, Column, Shape, Table
from reports.measures.words import count, dots, policy, share, with_share

_APPEALED = """
WITH appealed AS (
    SELECT p.code AS policy, a.state = 'granted' AS is_granted, u.username,
        CASE WHEN a.disputed_by_id IS NULL THEN 'automatic'
            WHEN EXISTS (SELECT FROM reports_machinefinding f WHERE f.report_id = x.report_id)
            THEN 'both' ELSE 'person' END AS maker
    FROM reports_appeal a
    JOIN reports_statement s ON s.id = a.statement_id
    JOIN reports_sanction x ON x.id = s.sanction_id
    JOIN reports_policy p ON p.id = x.policy_id
    LEFT JOIN auth_user u ON u.id = a.disputed_by_id
    WHERE x.queue = ANY(%(queues)s) AND a.state <> 'open'
        AND a.decided_at >= %(since)s AND a.decided_at < %(until)s
)
"""

_OVERTURNED_BY_POLICY = (
    _APPEALED
    + """
SELECT policy, count(*) AS n, count(*) FILTER (WHERE is_granted)
FROM appealed GROUP BY policy ORDER BY n DESC, policy
"""
)

_OVERTURNED_BY_MAKER = (
    _APPEALED
    + """
SELECT maker.code, count(a.maker), count(*) FILTER (WHERE a.is_granted)
FROM unnest(ARRAY['automatic', 'both', 'person']) WITH ORDINALITY AS maker (code, place)
LEFT JOIN appealed a ON a.maker = maker.code
GROUP BY maker.code, maker.place ORDER BY maker.place
"""
)

_OVERTURNED_BY_PERSON = (
    _APPEALED
    + """
SELECT username, count(*) AS n, count(*) FILTER (WHERE is_granted)
FROM appealed WHERE username IS NOT NULL AND %(names_people)s
GROUP BY username ORDER BY n DESC, username
"""
)

_AUTOMATION = """
SELECT p.code,
    count(*) FILTER (WHERE x.decided_by_id IS NULL),
    count(*) FILTER (WHERE x.decided_by_id IS NOT NULL AND x.kind <> 'warning' AND found.it),
    count(*) FILTER (WHERE x.decided_by_id IS NOT NULL AND x.kind <> 'warning' AND NOT found.it),
    count(*) FILTER (WHERE x.kind = 'warning')
FROM reports_sanction x
JOIN reports_policy p ON p.id = x.policy_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM reports_machinefinding f WHERE f.report_id = x.report_id) AS it
) found
WHERE x.queue = ANY(%(queues)s) AND x.starts_at >= %(since)s AND x.starts_at < %(until)s
GROUP BY p.code ORDER BY count(*) DESC, p.code
"""

# Earlier ones are counted in the same queues only: a share must not tell of sealed sanctions.
_REPEATED = """
SELECT p.code, count(DISTINCT x.device) AS n,
    count(DISTINCT x.device) FILTER (WHERE EXISTS (
        SELECT FROM reports_sanction e
        WHERE e.device = x.device AND e.lifted_at IS NULL AND e.queue = ANY(%(queues)s)
            AND e.starts_at < x.starts_at AND e.starts_at >= x.starts_at - interval '180 days'
    ))
FROM reports_sanction x JOIN reports_policy p ON p.id = x.policy_id
WHERE x.queue = ANY(%(queues)s) AND x.lifted_at IS NULL
    AND x.starts_at >= %(since)s AND x.starts_at < %(until)s
GROUP BY p.code ORDER BY n DESC, p.code
"""


def overturned_by_policy(scope: Scope) -> Table:
    """Appeals decided, and how many were granted, by policy."""
    return Table(
        name="overturned-by-policy",
        title=_("Taken back on appeal, by policy"),
        about=_("Appeals decided in the period, and the share that was granted."),
        columns=(policy(), *_appeals()),
        rows=_with_shares(_OVERTURNED_BY_POLICY, scope),
        chart=dots("policy"),
    )


def overturned_by_maker(scope: Scope) -> Table:
    """The same for decisions of the machine and of people."""
    words = {
        "automatic": _("Machine alone"),
        "both": _("Machine, confirmed by staff"),
        "person": _("Staff alone"),
    }
    return Table(
        name="overturned-by-maker",
        title=_("Taken back: machine against staff"),
        about=_(
            "Appeals decided in the period by whose decision was appealed. Of what the machine "
            "alone decided, a dismissed report grants the appeal."
        ),
        columns=(Column(name="maker", label=_("Decided by"), words=words), *_appeals()),
        rows=_with_shares(_OVERTURNED_BY_MAKER, scope),
        chart=dots("maker"),
    )


def overturned_by_person(scope: Scope) -> Table:
    """The same by the account that had decided; empty for who may not see people."""
    return Table(
        name="overturned-by-person",
        title=_("Taken back on appeal, by person"),
        about=_(
            "Appeals decided in the period by who had made the decision. Few cases say little: "
            "look at the interval before you speak with anybody about it."
        ),
        columns=(Column(name="person", label=_("Account")), *_appeals()),
        rows=_with_shares(_OVERTURNED_BY_PERSON, scope),
        chart=dots("person"),
    )


def automation(scope: Scope) -> Table:
    """Sanctions by who decided them."""
    return Table(
        name="automation",
        title=_("Share of automation"),
        about=_(
            "Sanctions that began in the period, by who has decided them so far. Warnings bar "
            "nobody, are given by staff, and are counted apart."
        ),
        columns=(
            policy(),
            count("automatic", _("Machine alone")),
            count("both", _("Machine, confirmed by staff")),
            count("person", _("Staff alone")),
            count("warned", _("Warned only")),
        ),
        rows=tuple(ask(_AUTOMATION, scope)),
        chart=Chart(shape=Shape.BARS, category=("policy",), series=("automatic", "both", "person")),
    )


def repeated(scope: Scope) -> Table:
    """Devices that were sanctioned before."""
    rows = ask(_REPEATED, scope)
    return Table(
        name="repeat-offence",
        title=_("Repeat offence"),
        about=_(
            "Devices with a sanction or warning that began in the period and stands, and the share "
            "that had another one in the 180 days before. Who comes back as somebody new isn't "
            "found."
        ),
        columns=(
            policy(),
            count("n", _("Devices")),
            count("repeated", _("Before, too")),
            *share(_("Share")),
        ),
        rows=tuple(with_share(row, n=1, hits=2) for row in rows),
        chart=dots("policy"),
    )


def _appeals() -> tuple[Column, ...]:
    return count("n", _("Appeals")), count("granted", _("Granted")), *share(_("Share"))


def _with_shares(query: str, scope: Scope) -> tuple[tuple[str | int | float | None, ...], ...]:
    return tuple(with_share(row, n=1, hits=2) for row in ask(query, scope))
