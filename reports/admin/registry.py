"""The staff site with everything on it; `config.urls` serves it under admin/."""

from reports.admin.access_requests import AccessRequestPages
from reports.admin.accounts import AccountPages
from reports.admin.appeals import AppealPages
from reports.admin.audit_trail import AuditPages
from reports.admin.bank_entries import BankEntryPages
from reports.admin.bank_imports import BankImportPages
from reports.admin.legal_holds import LegalHoldPages
from reports.admin.macros import MacroPages
from reports.admin.notices import NoticePages
from reports.admin.policies import PolicyPages
from reports.admin.policy_edits import PolicyEditPages
from reports.admin.prevalence import PrevalencePages
from reports.admin.quality import QualityPages
from reports.admin.reporters import ReporterPages
from reports.admin.reports import ReportPages
from reports.admin.sanctions import SanctionPages
from reports.admin.site import StaffSite
from reports.admin.waves import WavePages
from reports.models import (
    AccessRequest,
    Account,
    Appeal,
    AuditEntry,
    BankEntry,
    BankImport,
    LegalHold,
    Macro,
    Notice,
    Policy,
    PolicyEdit,
    PrevalenceFrame,
    QualityItem,
    Report,
    ReporterMeasure,
    Sanction,
    Wave,
)

site = StaffSite()
site.register(Report, ReportPages)
site.register(Appeal, AppealPages)
site.register(AccessRequest, AccessRequestPages)
site.register(Notice, NoticePages)
site.register(Sanction, SanctionPages)
site.register(BankEntry, BankEntryPages)
site.register(BankImport, BankImportPages)
site.register(LegalHold, LegalHoldPages)
site.register(ReporterMeasure, ReporterPages)
site.register(Wave, WavePages)
site.register(QualityItem, QualityPages)
site.register(PrevalenceFrame, PrevalencePages)
site.register(Policy, PolicyPages)
site.register(Macro, MacroPages)
site.register(PolicyEdit, PolicyEditPages)
site.register(AuditEntry, AuditPages)
site.register(Account, AccountPages)
