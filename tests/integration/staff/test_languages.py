"""A statement, a receipt and a notice in the language of whoever reads them."""

import pytest
from django.test import Client

from config import catalogues
from reports.models import Report, Reporter, Sanction
from tests.integration.staff.conftest import a_report

WORDS = {
    "es": ("Declaración de motivos", "Una máquina", "Lo tenemos", "Enviar el aviso"),
    "hi": ("कारणों का विवरण", "मशीन", "यह हमें मिल गया है", "सूचना भेजें"),
    "id": ("Pernyataan alasan", "Mesin", "Sudah kami terima", "Kirim pemberitahuan"),
}


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """As set-up leaves them."""
    catalogues.compile_all()


@pytest.mark.parametrize("language", WORDS)
def test_it_is_told_in_ones_own_language(
    client: Client, found: Report, redis_client: object, language: str
) -> None:
    statement, decider, receipt, notice = WORDS[language]
    code = Sanction.objects.get(report=found).statement.code
    reported = Reporter.objects.get(report=a_report()).receipt

    def read(path: str) -> str:
        page = client.get(path, headers={"accept-language": f"{language},en;q=0.5"})
        text: str = page.content.decode()
        assert f'<html lang="{language}"' in text
        return text

    page = read(f"/statement/{code}/")
    assert statement in page
    assert decider in page
    for english in ("Nudity on camera", "An automatic check", "It holds until", "Send the appeal"):
        assert english not in page
    assert receipt in read(f"/receipt/{reported}/")
    assert notice in read("/notice/")
