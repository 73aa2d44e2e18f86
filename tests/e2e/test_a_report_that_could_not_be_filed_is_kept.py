"""PostgreSQL stands still while somebody reports: they read so, and send it again as written."""

from playwright.sync_api import expect

from tests.e2e.configurations import STALLED
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform
from tests.e2e.stalling import standing_still

CONFIGURATION = STALLED
ANSWER_MS = 10_000


def test_what_was_written_goes_again_with_one_button(
    platform: Platform, ada: Person, bo: Person
) -> None:
    meet(ada, bo, "text")
    with standing_still(platform):
        ada.hook("report").click()
        ada.hook("report-reason").select_option("threat")
        ada.hook("report-note").fill("He says he knows where I live.")
        ada.hook("report-send").click()
        refusal = ada.hook("report-unfiled")
        expect(refusal).to_contain_text("NOT filed", timeout=ANSWER_MS)
        expect(ada.hook("lines")).not_to_contain_text("receipt")
    ada.hook("report-again").click()
    expect(ada.hook("report-failed")).to_be_visible()
    expect(ada.hook("report-reason")).to_have_value("threat")
    expect(ada.hook("report-note")).to_have_value("He says he knows where I live.")
    ada.hook("report-send").click()
    expect(ada.hook("lines")).to_contain_text("receipt", timeout=ANSWER_MS)
    expect(refusal).to_have_count(0)
