"""Ten attackers at once, on two real web processes: cookies, proxies and proofs used again."""

import base64
import json
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import redis
from django.apps import apps
from django.db import connection

from chat.admission import cookies
from chat.models import Device, Participant
from tests.cast import GROWN_UP_BORN, UNDER_AGE_BORN
from tests.e2e.wire import Message, Stranger, solve
from tests.integration.chat.house import House
from tests.integration.chat.meeting import bar, open_control

ATTACKERS = 10
HERE = "203.0.113.77"
NEIGHBOUR = "203.0.113.88"
ELSEWHERE = "198.51.100.5"

Gates = list[House]
Answer = tuple[int, Message]


@pytest.fixture
def fresh(gates: Gates, transactional_db: None, redis_client: redis.Redis) -> Iterator[Gates]:
    """Both gates, with nobody in them; nothing may fail there."""
    before = [len(gate.logged()) for gate in gates]
    yield gates
    for gate, length in zip(gates, before, strict=True):
        assert "Traceback" not in gate.logged()[length:]


def entry(proof: str | None, born: date = GROWN_UP_BORN) -> Message:
    body = {"birth_date": born.isoformat(), "accept_terms": "1", "languages": ["en"]}
    return body if proof is None else body | {"proof": proof}


def at_once(what: Callable[[int], Any]) -> list[Any]:
    """What each of the attackers gets, all of them starting in the same instant."""
    ready = Barrier(ATTACKERS)

    def start(number: int) -> Any:
        ready.wait()
        return what(number)

    with ThreadPoolExecutor(ATTACKERS) as pool:
        return list(pool.map(start, range(ATTACKERS)))


def knock(stranger: Stranger, proof: str | None, born: date = GROWN_UP_BORN) -> Answer:
    return stranger.post("/api/enter", entry(proof, born), stranger.url)


def proof_for(stranger: Stranger) -> str:
    challenge = stranger.get("/api/terms")["challenge"]
    assert challenge is not None
    return solve(challenge)


def tries(stranger: Stranger) -> int:
    return int(stranger.get("/api/terms")["challenge"]["parameters"]["data"]["tries"])


def test_one_proof_replayed_by_ten_at_two_processes_makes_one_identity(fresh: Gates) -> None:
    proof = proof_for(Stranger(fresh[0].url, HERE))
    answers = at_once(lambda number: knock(Stranger(fresh[number % 2].url, HERE), proof))
    assert sorted(status for status, _ in answers) == [201] + [400] * 9
    assert all(set(answer["fields"]) == {"proof"} for status, answer in answers if status == 400)
    assert Device.objects.count() == 1
    again = at_once(lambda number: knock(Stranger(fresh[number % 2].url, HERE), proof))
    assert {status for status, _ in again} == {400}


def test_ten_with_good_proofs_get_no_more_than_the_prefix_may_have(fresh: Gates) -> None:
    proofs = [proof_for(Stranger(fresh[0].url, HERE)) for _ in range(ATTACKERS)]

    def attack(number: int) -> Answer:
        return knock(Stranger(fresh[number % 2].url, f"203.0.113.{number}"), proofs[number])

    answers = at_once(attack)
    assert sorted(status for status, _ in answers) == [201] * 5 + [429] * 5
    refused = [answer for status, answer in answers if status == 429]
    assert all(answer["code"] == "slow_down" for answer in refused)
    assert all(3500 < answer["retry_after_s"] <= 3600 for answer in refused)
    assert Device.objects.count() == 5
    # Somebody on another network comes in as ever.
    assert Stranger(fresh[1].url, ELSEWHERE).knock(GROWN_UP_BORN.isoformat())[0] == 201


def test_forged_proxies_in_front_of_ours_do_not_make_another_neighbourhood(fresh: Gates) -> None:
    proofs = [proof_for(Stranger(fresh[0].url, HERE)) for _ in range(ATTACKERS)]

    def attack(number: int) -> Answer:
        # Our proxy appends whom it saw; the rest the attacker has sent.
        forged = f"10.0.0.{number}, 127.0.0.1, 192.0.2.{number}, {HERE}"
        return knock(Stranger(fresh[number % 2].url, forged), proofs[number])

    assert [status for status, _ in at_once(attack)].count(201) == 5
    assert Device.objects.count() == 5


def test_ten_with_the_cookies_of_one_barred_browser_get_nothing(fresh: Gates) -> None:
    mallory = Stranger(fresh[0].url, HERE)
    with mallory.enter():
        control, welcome = open_control(mallory)
        bar(str(welcome["participant"]))
        assert control.expect_close() == 4403
    values = {cookie.name: cookie.value for cookie in mallory.cookies}
    # Each cookie alone leads to the same device, and so do both.
    kept = [
        f"{cookies.DEVICE_COOKIE}={values[cookies.DEVICE_COOKIE]}",
        f"{cookies.PARTICIPANT_COOKIE}={values[cookies.PARTICIPANT_COOKIE]}",
        mallory.cookie_header,
    ]
    spare = proof_for(Stranger(fresh[0].url, ELSEWHERE))

    def attack(number: int) -> int:
        headers = {
            "Content-Type": "application/json",
            "Origin": fresh[number % 2].url,
            "Cookie": kept[number % 3],
            "X-Forwarded-For": f"198.51.{number}.1",
        }
        request = urllib.request.Request(
            f"{fresh[number % 2].url}/api/enter",
            data=json.dumps(entry(spare if number % 2 else None)).encode(),
            headers=headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code

    assert set(at_once(attack)) == {403}
    assert Device.objects.count() == 1
    assert Participant.objects.filter(left_at=None).count() == 1  # the one who is barred


def test_a_broken_forged_or_missing_proof_gets_nothing_and_raises_the_price(
    fresh: Gates,
) -> None:
    guest = Stranger(fresh[0].url, HERE)
    good = json.loads(base64.b64decode(proof_for(guest)))
    good["challenge"]["parameters"]["data"]["tries"] = 10**6
    forged = base64.b64encode(json.dumps(good).encode()).decode()
    before = tries(guest)

    for proof, count in ((None, 3), ("", 3), ("rubbish", 3), (forged, 3), ("A" * 2100, 1)):
        for _ in range(count):
            status, answer = knock(Stranger(fresh[1].url, HERE), proof)
            assert (status, answer["code"], set(answer["fields"])) == (
                400,
                "bad_request",
                {"proof"},
            )

    assert Device.objects.count() == 0
    assert tries(guest) == 2 * before  # seven refused ones; what was missing doesn't count
    assert tries(Stranger(fresh[0].url, ELSEWHERE)) == before


def test_a_barred_browser_makes_it_dearer_for_a_fresh_one_on_its_network(fresh: Gates) -> None:
    before = tries(Stranger(fresh[0].url, NEIGHBOUR))
    mallory = Stranger(fresh[0].url, HERE)
    with mallory.enter():
        control, welcome = open_control(mallory)
        bar(str(welcome["participant"]))
        assert control.expect_close() == 4403
        mallory.control = None
        assert mallory.knock(GROWN_UP_BORN.isoformat())[0] == 403
    assert tries(Stranger(fresh[0].url, NEIGHBOUR)) == 2 * before
    assert Stranger(fresh[0].url, NEIGHBOUR).knock(GROWN_UP_BORN.isoformat())[0] == 201


def test_after_an_under_age_answer_a_fresh_browser_works_longer_and_a_neighbour_gets_in(
    fresh: Gates,
) -> None:
    child = Stranger(fresh[0].url, HERE)
    kept = proof_for(Stranger(fresh[0].url, HERE))
    before = tries(child)
    assert child.knock(UNDER_AGE_BORN.isoformat())[0] == 403

    # Without cookies, an adult's date, and the easy proof of a moment before.
    status, answer = knock(Stranger(fresh[1].url, HERE), kept)
    assert (status, set(answer["fields"])) == (400, {"proof"})

    neighbour = Stranger(fresh[1].url, NEIGHBOUR)
    assert tries(neighbour) == 4 * before
    assert neighbour.knock(GROWN_UP_BORN.isoformat())[0] == 201
    # The child's own browser stays out, whatever it proves.
    assert child.knock(GROWN_UP_BORN.isoformat())[0] == 403


def test_a_known_browser_is_not_asked_again(fresh: Gates) -> None:
    ada = Stranger(fresh[0].url, HERE)
    assert ada.get("/api/terms")["challenge"] is not None
    ada.enter()
    assert ada.get("/api/terms")["challenge"] is None
    assert knock(ada, None)[0] == 201
    assert Device.objects.count() == 1


def test_a_cookie_of_somebody_who_was_deleted_makes_no_identity_for_nothing(
    fresh: Gates,
) -> None:
    ada = Stranger(fresh[0].url, HERE).enter()
    device = next(cookie for cookie in ada.cookies if cookie.name == cookies.DEVICE_COOKIE)
    ada.cookies.clear(device.domain, device.path, device.name)
    Participant.objects.all().delete()
    assert ada.get("/api/terms")["challenge"] is not None
    status, answer = knock(ada, None)
    assert (status, set(answer["fields"])) == (400, {"proof"})


def test_an_address_is_in_the_sessions_record_and_nowhere_else(
    fresh: Gates, redis_client: redis.Redis
) -> None:
    forged = f"192.0.2.1, {HERE}"
    with Stranger(fresh[0].url, forged).enter() as ada:
        control, welcome = open_control(ada)
        control.send("ping")
        control.expect("pong")
        knock(Stranger(fresh[0].url, forged), "rubbish")
        Stranger(fresh[0].url, forged).knock(UNDER_AGE_BORN.isoformat())
        bar(str(welcome["participant"]))
        assert control.expect_close() == 4403
        ada.knock(GROWN_UP_BORN.isoformat())
        ada.post("/api/leave", {}, ada.url)

    kept = {key.decode(): _everything(redis_client, key) for key in redis_client.scan_iter()}
    holders = [name for name, text in kept.items() if HERE in text or "203.0.113" in text]
    assert [name.rsplit(":", 1)[-1] for name in holders] == ["session"]
    assert 0 < redis_client.ttl(holders[0]) <= 24 * 3600
    assert not any("192.0.2.1" in text for text in kept.values())  # hearsay is kept nowhere
    assert not any(HERE in gate.logged() or "203.0.113" in gate.logged() for gate in fresh)
    assert "203.0.113" not in _all_rows()


def _everything(client: redis.Redis, key: bytes) -> str:
    """A key's name and all that it holds, by its type and not packed."""
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda name: client.lrange(name, 0, -1),
        b"set": client.smembers,
        b"zset": lambda name: client.zrange(name, 0, -1),
    }
    kind = client.type(key)
    assert isinstance(kind, bytes)
    return f"{key!r} {readers[kind](key)!r}"


def _all_rows() -> str:
    """Every row of every table, as text."""
    rows = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.managed:
                continue
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [str(row) for (row,) in cursor.fetchall()]
    return "\n".join(rows)
