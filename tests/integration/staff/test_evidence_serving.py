"""Evidence over HTTP: a mosaic by default, the original by a deliberate step, both on record."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import cv2
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client

from reports import intake
from reports.chunks import ChunkedResponse, pieces
from reports.models import AuditEntry, EvidenceView, Report
from reports.snapshots import EvidenceItem, EvidenceKind
from tests.integration.staff.conftest import SignIn, a_finding, address, claimed, verbs
from tests.report_cases import NOW, ivf, png

DECIDE = {"purpose": "decide"}


def _item(report: Report, rendition: str, of: Report | None = None) -> str:
    item = (of or report).evidence.order_by("-is_offending").first()
    assert item is not None
    return f"{address(report)}evidence/{item.pk}/{rendition}/"


def _body(response: StreamingHttpResponse) -> bytes:
    return b"".join(response)


@pytest.mark.parametrize("rendition", ["mosaic", "original"])
@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_no_media_reaches_who_reviews_nothing(
    who: str, rendition: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    known = len(verbs())

    response = client.generic(
        "GET" if rendition == "mosaic" else "POST", _item(found, rendition), b""
    )

    assert response.status_code == 404
    assert "evidence.opened" not in verbs()[known:]


def test_a_sealed_item_does_not_exist_for_a_moderator(mod: User, browser: SignIn) -> None:
    report = a_finding()
    Report.objects.filter(pk=report.pk).update(queue="child_safety", is_safety_floor=True)

    assert browser(mod).get(_item(report, "mosaic")).status_code == 404


def test_an_item_of_another_report_is_not_here(mod: User, browser: SignIn) -> None:
    mine, other = a_finding(), a_finding()
    client = browser(mod)
    claimed(client, mine)

    forged = _item(mine, "original", of=other)

    assert client.post(forged, DECIDE).status_code == 404
    assert client.get(_item(mine, "mosaic", of=other)).status_code == 404


def test_the_original_takes_a_claim(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    claimed(browser(other_mod), found)

    response = browser(mod).post(_item(found, "original"), DECIDE)

    assert response.status_code == 403
    assert "evidence.opened" not in verbs()


@pytest.mark.parametrize("purpose", ["", "curiosity"])
def test_the_original_takes_a_purpose(
    purpose: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)

    response = client.post(_item(found, "original"), {"purpose": purpose})

    assert response.status_code == 400
    assert "evidence.opened" not in verbs()


def test_the_original_takes_more_than_an_address(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)

    assert client.get(_item(found, "original")).status_code == 405


def test_it_is_opened_before_the_first_byte_and_served_after_the_last(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)

    response = client.post(_item(found, "original"), DECIDE)

    assert isinstance(response, StreamingHttpResponse)
    assert verbs()[-1] == "evidence.opened"
    assert '"purpose":"decide"' in AuditEntry.objects.order_by("-sequence")[0].payload
    assert EvidenceView.objects.get().served_at is None
    data = _body(response)
    assert verbs()[-1] == "evidence.served"
    assert EvidenceView.objects.get().served_at is not None
    assert len(data) == int(response.headers["Content-Length"])


def test_what_broke_off_was_not_served(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)
    response = client.post(_item(found, "original"), DECIDE)
    assert isinstance(response, StreamingHttpResponse)

    # More than one chunk is left when the browser goes away and nobody asks for the rest.
    first = next(iter(response))

    assert len(first) < int(response.headers["Content-Length"])
    assert EvidenceView.objects.get().served_at is None
    assert "evidence.served" not in verbs()


def test_no_cache_and_no_other_site_gets_a_copy(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)

    for response in (
        client.get(_item(found, "mosaic")),
        client.post(_item(found, "original"), DECIDE),
    ):
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Content-Type"] == "image/png"


def test_the_mosaic_is_made_of_tiles_and_the_original_is_marked(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)

    mosaic = _decoded(client, _item(found, "mosaic"), post=False)
    original = _decoded(client, _item(found, "original"), post=True)

    sent = cv2.imdecode(np.frombuffer(png(), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    tiles = mosaic[:480, :640].reshape(30, 16, 40, 16, 3)
    assert int(np.ptp(tiles, axis=(1, 3)).max()) == 0
    assert original.shape == sent.shape
    changed = float((original != sent).any(axis=2).mean())
    assert 0.001 < changed < 0.2


def test_a_segment_is_shown_as_a_sheet(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    intake.attach(
        found.pk,  # type: ignore[arg-type]
        [
            EvidenceItem(
                kind=EvidenceKind.SEGMENT,
                media_type="video/x-ivf",
                data=ivf(),
                captured_at=NOW,
                is_offending=False,
            )
        ],
    )
    claimed(client, found)
    segment = found.evidence.get(kind="segment")

    sheet = _decoded(client, f"{address(found)}evidence/{segment.pk}/original/", post=True)

    assert sheet.shape == (480, 960, 3)


async def test_under_asgi_served_waits_for_the_last_send() -> None:
    sent: list[bytes] = []
    served: list[int] = []
    response = ChunkedResponse(
        pieces(b"x" * 200_000), content_type="image/png", on_sent=lambda: served.append(len(sent))
    )

    async for chunk in _as_async(response):
        assert served == []
        sent.append(chunk)
        await asyncio.sleep(0)

    assert b"".join(sent) == b"x" * 200_000
    assert served == [4]


async def test_under_asgi_a_lost_client_is_not_served() -> None:
    served: list[bool] = []
    response = ChunkedResponse(
        pieces(b"x" * 200_000), content_type="image/png", on_sent=lambda: served.append(True)
    )

    chunks = _as_async(response)
    await anext(chunks)
    response.close()

    assert served == []


def _as_async(response: ChunkedResponse) -> AsyncIterator[bytes]:
    return response.__aiter__()


def _decoded(client: Client, path: str, *, post: bool) -> np.ndarray:
    response = client.post(path, DECIDE) if post else client.get(path)
    chunks: Iterator[bytes] = iter(response)
    data = np.frombuffer(b"".join(chunks), dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture is not None
    return picture
