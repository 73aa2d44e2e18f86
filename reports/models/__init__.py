"""The tables of `reports`, one module per noun; Django finds them here."""

from reports.models.access import AccessRequest, AccessState
from reports.models.appeal import Appeal, AppealState
from reports.models.audit import AuditEntry
from reports.models.bank import Bank, BankEntry, BankHit, BankKind
from reports.models.bank_import import BankImport
from reports.models.bank_proposal import EntryState
from reports.models.desk import Macro, MacroAct, SavedFilter, StaffNote
from reports.models.evidence import Evidence
from reports.models.evidence_view import Basis, EvidenceView, Rendition
from reports.models.legal_hold import HoldBasis, LegalHold
from reports.models.notice import Notice, NoticeOutcome
from reports.models.opt_out import OptOut
from reports.models.own_limits import OwnLimits
from reports.models.policy import Ladder, Policy
from reports.models.policy_edit import PolicyEdit
from reports.models.prevalence import (
    Ending,
    PrevalenceAnswer,
    PrevalenceFrame,
    PrevalenceView,
)
from reports.models.quality import (
    Answer,
    ItemKind,
    QualityItem,
    QualityNote,
    QualitySample,
    Resolution,
)
from reports.models.report import (
    Decision,
    DecisionKind,
    MachineFinding,
    Opener,
    Outcome,
    Report,
    Reporter,
    State,
)
from reports.models.reporter_measure import MeasureKind, ReporterMeasure
from reports.models.sanction import Sanction, SanctionKind, Statement, Strike
from reports.models.sealing import Queue
from reports.models.staff import Account, Staff
from reports.models.transparency import TransparencyMonth
from reports.models.wave import ItemState, Wave, WaveItem

__all__ = [
    "AccessRequest",
    "AccessState",
    "Account",
    "Answer",
    "Appeal",
    "AppealState",
    "AuditEntry",
    "Bank",
    "BankEntry",
    "BankHit",
    "BankImport",
    "BankKind",
    "Basis",
    "Decision",
    "DecisionKind",
    "Ending",
    "EntryState",
    "Evidence",
    "EvidenceView",
    "HoldBasis",
    "ItemKind",
    "ItemState",
    "Ladder",
    "LegalHold",
    "MachineFinding",
    "Macro",
    "MacroAct",
    "MeasureKind",
    "Notice",
    "NoticeOutcome",
    "Opener",
    "OptOut",
    "Outcome",
    "OwnLimits",
    "Policy",
    "PolicyEdit",
    "PrevalenceAnswer",
    "PrevalenceFrame",
    "PrevalenceView",
    "QualityItem",
    "QualityNote",
    "QualitySample",
    "Queue",
    "Rendition",
    "Report",
    "Reporter",
    "ReporterMeasure",
    "Resolution",
    "Sanction",
    "SanctionKind",
    "SavedFilter",
    "Staff",
    "StaffNote",
    "State",
    "Statement",
    "Strike",
    "TransparencyMonth",
    "Wave",
    "WaveItem",
]
