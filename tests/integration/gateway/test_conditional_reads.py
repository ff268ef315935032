"""Entity tags of list, statistics, detail and export, and 304 for clients that have the answer; two gateways."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from services.gateway.answers.ticket_csv import COLUMNS
from shared.clock import wire
from shared.mongo import Document
from tests.integration.gateway.gateway_platform import Platform, gateway, platform_on
from tests.support.clients.http import Answer, answering, free_port, request
from tests.support.data.batches import Batches
from tests.support.data.contract_examples import example
from tests.support.data.directory import NORTH, SOUTH, TWO_AGENCIES_AND_A_PARK
from tests.support.data.tickets import stored, ticket_uid
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.views import move_a_checkpoint, store_tickets
from tests.support.measures.profiling import profiled

LIST, STATS, EXPORT = "/api/v1/tickets", "/api/v1/tickets/stats", "/api/v1/tickets/export"
DAY = datetime(2016, 5, 26, tzinfo=UTC)
TICKETS, LARGE = 30, 101
PLAIN = {"Accept-Encoding": "identity"}
CSV = {"Accept": "text/csv", **PLAIN}

ASKED: list[tuple[str, str, dict[str, str]]] = [
    (LIST, "all", {}),
    (LIST, "north", {}),
    (LIST, "nothing", {}),
    (f"{LIST}?range=0-4", "all", {}),
    (f"{LIST}?range=5-9", "all", {}),
    (f"{LIST}?location=nice", "all", {}),
    (f"{LIST}?fulltext=froid", "north", {}),
    (f"{LIST}?callpurpose=large", "all", {}),
    (STATS, "all", {}),
    (STATS, "north", {}),
    (f"{LIST}/{ticket_uid(3)}", "all", {}),
    (EXPORT, "all", PLAIN),
    (EXPORT, "north", PLAIN),
    (f"{EXPORT}?range=5-9", "all", PLAIN),
    (EXPORT, "all", CSV),
    (EXPORT, "all", {"Accept": "text/csv;bom=1", **PLAIN}),
]


@dataclass(slots=True)
class Pair:
    """Two gateways on the same views, and the tickets written so far."""

    platform: Platform
    second: str
    batches: Batches
    versions: Counter[int] = field(default_factory=Counter)

    async def write(self, number: int, event_type: str, **said: Any) -> None:
        self.versions[number] += 1
        await self.batches.apply([stored(ticket_uid(number), self.versions[number], event_type, **said)])

    async def ask(
        self,
        target: str,
        login: str,
        *,
        second: bool = False,
        method: str = "GET",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        url = self.second if second else self.platform.url
        return await request(method, url + target, headers={"Cookie": self.platform.cookies[login], **headers})


def content(number: int, agency: str = NORTH, city: str = "Paris") -> dict[str, Any]:
    said = example("event", "TicketOpened")["ticket"]
    return {
        "locationRef": {"agencyUid": agency, "locationReferenceType": "AgencyLocation"},
        "openedDate": wire(DAY + timedelta(minutes=number)),
        "ticket": said | {"address": said["address"] | {"city": city}, "callPurposeLabel": "Froid"},
    }


def large(number: int) -> Document:
    """Return a stored ticket whose list item is long: a page of many is sent in groups."""
    said = {"uid": ticket_uid(number), "agencies": [{"uid": SOUTH, "name": "South"}], "additionalDataz": {}}
    rendered = json.dumps(said | {"request": "x" * 12_000}, separators=(",", ":")).encode()
    created = DAY - timedelta(days=1, minutes=number)
    return {
        "_id": ticket_uid(number),
        "version": 1,
        "created": created,
        "day": created.date().isoformat(),
        "status": "OPENED",
        "agencies": [SOUTH],
        "town": "large",
        "purpose": "large",
        "commented": 0,
        **dict.fromkeys(("item", "head", "export"), rendered),
    }


@pytest.fixture(scope="module")
async def pair(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    async with platform_on(engines, folder) as platform:
        port, log = free_port(), folder / "second"
        async with gateway(platform.settings, "gateway-2", port, platform.commands.urls, log) as process:
            second = f"http://127.0.0.1:{port}"
            await answering(second, process, log)
            await store_tickets(platform.db, [large(1_000 + number) for number in range(LARGE)])
            pair = Pair(platform, second, Batches(platform.db, TWO_AGENCIES_AND_A_PARK))
            for number in range(TICKETS):
                agency, city = (NORTH, SOUTH)[number % 2], ("Paris", "Nice")[number % 3 == 0]
                await pair.write(number, "TicketOpened", **content(number, agency, city))
            await pair.write(3, "MessageAdded", message="=1+1")
            yield pair


@pytest.mark.parametrize(("target", "login", "headers"), ASKED)
async def test_what_a_client_has_is_not_sent_again(
    pair: Pair, target: str, login: str, headers: dict[str, str]
) -> None:
    whole = await pair.ask(target, login, headers=headers)
    assert whole.status in (200, 206)
    tag = whole.headers["ETag"]
    assert tag.startswith('"')
    for named in (tag, f'"another", W/{tag}', "*"):
        for second in (False, True):
            for method in ("GET", "HEAD"):
                sent = headers | {"If-None-Match": named}
                answer = await pair.ask(target, login, second=second, method=method, headers=sent)
                assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
                assert answer.headers.getall("Cache-Control") == ["no-store"]
                assert answer.headers.get("Vary") == whole.headers.get("Vary")
                assert "Content-Type" not in answer.headers
    for named in ('"another"', tag.strip('"'), ""):
        answer = await pair.ask(target, login, second=True, headers=headers | {"If-None-Match": named})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (whole.status, whole.body, tag)


async def test_a_304_has_the_headers_of_the_page(pair: Pair) -> None:
    whole = await pair.ask(f"{LIST}?range=5-9", "all")
    answer = await pair.ask(f"{LIST}?range=5-9", "all", headers={"If-None-Match": whole.headers["ETag"]})
    assert answer.status == 304
    for name in ("Content-Range", "Accept-Range", "Link"):
        assert answer.headers[name] == whole.headers[name]


async def test_refusals_come_before_conditions(pair: Pair) -> None:
    sent = {"If-None-Match": "*"}
    assert (await pair.ask(f"{LIST}?range=x", "all", headers=sent)).status == 400
    assert (await pair.ask(f"{LIST}/{ticket_uid(999)}", "all", headers=sent)).status == 404
    assert (await pair.ask(f"{LIST}/{ticket_uid(1)}", "north", headers=sent)).status == 404
    answer = await pair.platform.ask(LIST, None, headers=sent)
    assert answer.status == 401
    assert "ETag" not in answer.headers


async def refresh(pair: Pair) -> None:
    """Show another name of the agency of the north, as a refresh does after a change of the directory."""
    tickets = pair.platform.db.tickets
    number = (await pair.platform.db.checkpoints.find_one({"_id": 0}) or {})["refreshed"]
    async for found in tickets.find({"agencies": NORTH}):
        said = {name: json.loads(found[name]) for name in ("item", "head", "export")}
        for one in said.values():
            one["agencies"][0]["name"] = f"North {number}"
        await tickets.update_one(
            {"_id": found["_id"]}, {"$set": {name: json.dumps(one).encode() for name, one in said.items()}}
        )
    await move_a_checkpoint(pair.platform.db)


async def test_no_tag_stays_while_its_answer_changes(pair: Pair) -> None:
    """Random changes, and after each of them all answers of both gateways, with the tags of the answers before."""
    chance = Random(7)  # noqa: S311 - the same changes in every run
    seen: dict[tuple[int, str], tuple[bytes, Any, int]] = {}
    had: dict[int, str] = {}
    unchanged = changed = 0
    changes = ["update", "comment", "close", "open", "refresh", "nothing", "move away"]
    chance.shuffle(changes)
    for change in changes:
        number = chance.randrange(TICKETS)
        match change:
            case "update":
                await pair.write(number, "TicketUpdated", **content(number, NORTH, chance.choice(["Nice", "Paris"])))
            case "move away":
                await pair.write(3, "TicketUpdated", **content(3, chance.choice([NORTH, SOUTH])))
            case "comment":
                await pair.write(3, "MessageAdded", message=f"{chance.random()}")
            case "close":
                await pair.write(number, "TicketCancelled")
            case "open":
                await pair.write(100 + len(seen), "TicketOpened", **content(-len(seen), SOUTH))  # the oldest
            case "refresh":
                await refresh(pair)
            case _:
                await move_a_checkpoint(pair.platform.db)
        for index, (target, login, headers) in enumerate(ASKED):
            first = await pair.ask(target, login, headers=headers)
            shown = (first.body, first.headers.get("Content-Range"), first.status)
            tag = first.headers["ETag"]
            assert seen.setdefault((index, tag), shown) == shown
            sent = headers | ({"If-None-Match": had[index]} if index in had else {})
            second = await pair.ask(target, login, second=True, headers=sent)
            if had.get(index) == tag:
                assert second.status == 304
                unchanged += 1
            else:
                assert (second.body, second.headers.get("Content-Range"), second.status) == shown
                changed += 1
            assert second.headers["ETag"] == tag
            had[index] = tag
    assert unchanged >= len(changes)
    assert changed > len(changes)


async def test_a_list_with_other_bytes_elsewhere_keeps_its_tag(pair: Pair) -> None:
    target = f"{LIST}?range=0-0"
    tag = (await pair.ask(target, "north")).headers["ETag"]
    await move_a_checkpoint(pair.platform.db)
    assert (await pair.ask(target, "north", headers={"If-None-Match": tag})).status == 304


@pytest.mark.parametrize("target", [LIST, f"{LIST}?range=5-9", STATS])
async def test_what_is_known_to_be_unchanged_is_not_read(pair: Pair, target: str) -> None:
    db = pair.platform.db
    tag = (await pair.ask(target, "all")).headers["ETag"]
    queries: list[Document] = []
    async with profiled(db, queries, "tickets", "stats"):
        for _ in range(3):
            assert (await pair.ask(target, "all", headers={"If-None-Match": tag})).status == 304
    assert queries == []
    await move_a_checkpoint(db)
    async with profiled(db, queries, "tickets", "stats"):
        assert (await pair.ask(target, "all", headers={"If-None-Match": tag})).status == 304
    assert queries != []


async def test_the_tag_of_a_compressed_export_is_weak(pair: Pair) -> None:
    plain = await pair.ask(EXPORT, "all", headers=PLAIN)
    packed = await pair.ask(EXPORT, "all", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept, Accept-Encoding"
    assert packed.body == plain.body  # the client has decompressed it
    sent = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    answer = await pair.ask(EXPORT, "all", headers=sent)
    assert (answer.status, answer.headers["ETag"]) == (304, packed.headers["ETag"])
    assert answer.headers["Vary"] == packed.headers["Vary"]


async def test_an_export_as_csv_has_the_tickets_of_the_export(pair: Pair) -> None:
    exported = json.loads((await pair.ask(EXPORT, "all", headers=PLAIN)).body)["result"]
    answer = await pair.ask(EXPORT, "all", headers=CSV)
    assert (answer.status, answer.headers["Content-Range"]) == (200, f"0-{len(exported) - 1}/{len(exported)}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    header, *rows = csv.reader(StringIO(answer.body.decode(), newline=""), strict=True)
    assert header == list(COLUMNS)
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["uid"] for row in named] == [ticket["uid"] for ticket in exported]
    assert [row["request"].removeprefix("'") for row in named] == [ticket["request"] for ticket in exported]
    commented = next(row for row in named if row["uid"] == ticket_uid(3))
    assert "=1+1" in commented["freeCommentaries"]
    with_bom = await pair.ask(EXPORT, "all", headers=CSV | {"Accept": "text/csv;bom=1"})
    assert with_bom.body == b"\xef\xbb\xbf" + answer.body


async def test_csv_is_paged_linked_and_empty_like_json(pair: Pair) -> None:
    page = await pair.ask(f"{EXPORT}?range=5-9&status=OPENED", "all", headers=CSV)
    assert page.status == 206
    assert page.headers["Link"] == '<?status=OPENED&range=10-14>; rel="next"'
    assert len(page.body.decode().split("\r\n")) == 7
    nothing = await pair.ask(EXPORT, "nothing", headers=CSV)
    assert (nothing.status, nothing.headers["Content-Range"]) == (200, "0-0/0")
    assert nothing.body.decode() == ",".join(COLUMNS) + "\r\n"


async def test_csv_is_compressed_when_that_is_asked_for(pair: Pair) -> None:
    plain = await pair.ask(EXPORT, "all", headers=CSV)
    packed = await request(
        "GET",
        pair.second + EXPORT,
        headers={"Cookie": pair.platform.cookies["all"], "Accept": "text/csv", "Accept-Encoding": "gzip"},
        auto_decompress=False,
    )
    assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/x-ndjson", "text/html", "text/csv;q=0"])
async def test_other_clients_get_json(pair: Pair, accept: str) -> None:
    answer = await pair.ask(EXPORT, "all", headers=PLAIN | {"Accept": accept})
    assert answer.headers["Content-Type"] == "application/json"
    without = await request("GET", pair.second + EXPORT, headers={"Cookie": pair.platform.cookies["all"], **PLAIN})
    assert (answer.body, answer.headers["ETag"]) == (without.body, without.headers["ETag"])


async def test_the_pages_of_a_list_are_linked_to_its_end(pair: Pair) -> None:
    query, seen = "?location=Paris,Nice&range=0-6", []
    while query:
        page = await pair.ask(LIST + query, "all")
        seen += [ticket["uid"] for ticket in json.loads(page.body)["result"]]
        query = page.headers.get("Link", "").partition("<")[2].partition(">")[0]
    whole = json.loads((await pair.ask(f"{LIST}?location=Paris,Nice", "all")).body)["result"]
    assert seen == [ticket["uid"] for ticket in whole]
    assert len(seen) > 7


async def test_pages_of_the_feed_are_linked_within_one_window(pair: Pair) -> None:
    until = datetime(2016, 12, 31, tzinfo=UTC)
    await pair.batches.close_feed(datetime(2030, 1, 1, tzinfo=UTC))
    query, seen = f"?from={wire(DAY - timedelta(days=300))}&to={wire(until)}&more=x&range=0-9", []
    while query:
        page = await pair.ask(f"/api/vEvent/tickets{query}", "all")
        assert page.headers["Feed-Until"] == wire(until)
        seen += [(event["aggregateUid"], event["processUid"]) for event in json.loads(page.body)["events"]]
        query = page.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert len(seen) == len(set(seen)) == int(page.headers["Content-Range"].partition("/")[2])
    assert len(seen) > TICKETS
