"""Evidence over HTTP: a mosaic by default, the original by a deliberate step, both on record."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import cv2
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client

from reports.evidence_room.chunks import ChunkedResponse, pieces
from reports.incoming import intake
from reports.models import AuditEntry, Evidence, EvidenceView, Report
from reports.snapshots import EvidenceItem, EvidenceKind
from tests.integration.staff.conftest import SignIn, a_finding, address, claimed, verbs
from tests.report_cases import NOW, frame, ivf, png

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
    assert (original == original[:, :, :1]).all()
    grey = cv2.cvtColor(sent, cv2.COLOR_BGR2GRAY)
    changed = float((original[:, :, 0] != grey).mean())
    assert 0.001 < changed < 0.2


def test_a_segment_is_stepped_through_frame_by_frame(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    segment = _segment(found)
    claimed(client, found)
    path = f"{address(found)}evidence/{segment.pk}/"

    mosaics = [_decoded(client, f"{path}mosaic/?frame={n}", post=False) for n in range(3)]
    originals = [_decoded(client, f"{path}original/", post=True, frame=str(n)) for n in range(3)]

    for shown in (mosaics, originals):
        shades = [int(np.median(picture)) for picture in shown]
        assert shades == pytest.approx([0, 40, 80], abs=6)
    assert client.get(f"{path}mosaic/?frame=5").status_code == 404
    assert client.post(f"{path}original/", {**DECIDE, "frame": "5"}).status_code == 404
    views = EvidenceView.objects.exclude(served_at=None).filter(rendition="original")
    assert list(views.values_list("frame", flat=True)) == [0, 1, 2]


@pytest.mark.parametrize("text", ["-1", "99999", "1e3", "१", "<script>", "9" * 5000])
def test_a_frame_that_is_no_number_is_none_or_the_first(
    text: str, mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    segment = _segment(found)
    claimed(client, found)
    path = f"{address(found)}evidence/{segment.pk}/"

    for response in (
        client.get(f"{path}mosaic/", {"frame": text}),
        client.post(f"{path}original/", {**DECIDE, "frame": text}),
        client.get(address(found), {"item": str(segment.pk), "frame": text}),
    ):
        assert response.status_code in {200, 404}


def test_without_a_script_links_step_and_the_page_holds_mosaics_only(
    mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    segment = _segment(found)
    claimed(client, found)

    first = client.get(address(found)).content.decode()
    asked = f"{address(found)}?item={segment.pk}&frame=2"
    third = client.get(asked).content.decode()

    assert f"?item={segment.pk}&amp;frame=1#exhibit-{segment.pk}" in first
    assert f"{segment.pk}/mosaic/?frame=2" in third
    assert "frame 3 of 5" in third
    for page in (first, third):
        assert not re.search(r'src="[^"]*original', page)


def test_colours_are_a_step_of_their_own(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)
    path = _item(found, "original")
    in_colour = {**DECIDE, "look": "colour"}

    assert client.post(path, in_colour).status_code == 403
    _body(client.post(path, DECIDE))  # type: ignore[arg-type]

    assert client.post(path, in_colour).status_code == 200


def test_few_pictures_are_shown_and_the_others_on_demand(
    mod: User, found: Report, browser: SignIn
) -> None:
    intake.attach(found.pk, [frame(seed) for seed in range(1, 6)])  # type: ignore[arg-type]

    page = browser(mod).get(address(found)).content.decode()

    shown, _, further = page.partition('data-testid="further"')
    assert shown.count('data-testid="exhibit"') == 2
    assert further.count('data-testid="exhibit"') == 4
    assert "4 further pictures" in further


@pytest.mark.parametrize("of", ["report", "appeal", "sanction", "bankentry"])
def test_lists_show_no_pictures(of: str, mod: User, found: Report, browser: SignIn) -> None:
    page = browser(mod).get(f"/admin/reports/{of}/").content.decode()

    assert "/evidence/" not in page
    assert "mosaic" not in page


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


def _segment(report: Report) -> Evidence:
    film = EvidenceItem(
        kind=EvidenceKind.SEGMENT,
        media_type="video/x-ivf",
        data=ivf(),
        captured_at=NOW,
        is_offending=False,
    )
    intake.attach(report.pk, [film])  # type: ignore[arg-type]
    return report.evidence.get(kind="segment")


def _decoded(client: Client, path: str, *, post: bool, **asked: str) -> np.ndarray:
    response = client.post(path, DECIDE | asked) if post else client.get(path)
    chunks: Iterator[bytes] = iter(response)
    data = np.frombuffer(b"".join(chunks), dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture is not None
    return picture
