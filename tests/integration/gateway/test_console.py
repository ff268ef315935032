"""The console over HTTP: login by form, pages with filters and scopes, headers, and texts of people as data."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from services.gateway.console.languages import TEXTS
from services.gateway.console.local_paths import LONGEST
from services.gateway.console.routes import FILES
from shared.clock import utc_now, wire
from shared.read_model.local_days import local_day
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, add_guessed, platform_on
from tests.integration.gateway.known_tickets import ENTRIES
from tests.support.clients.http import Answer
from tests.support.console import HOSTILE, Structure, life_with, sources
from tests.support.data.batches import Batches
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.data.tickets import AT_NORTH, Stored, stored, ticket_uid
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.views import until

PLAIN, FIRST_HOSTILE, LONG, CLOSED_LATER = 500, 501, 600, 700
JUNE = "2018-06-02T22:30:00.000Z"
OF_NORTH, OF_SOUTH = range(1, 41), range(41, 71)
PAGES = ("/tickets", f"/tickets/{ticket_uid(1)}", "/statistics", "/platform")
EVERYTHING: dict[str, Any] = {"kind": "everything"}
SCOPES: dict[str, dict[str, Any]] = {
    "all": EVERYTHING,
    "north": {"kind": "agencies", "uids": [NORTH]},
    "reader": EVERYTHING,
    "park": {"kind": "patrimonies", "uids": [PARK]},
}


def ordinary(number: int, now: datetime) -> list[Stored]:
    """Return a ticket of an hour each, at one of two agencies; every fourth one is closed."""
    created = wire(now - timedelta(hours=number))
    place = {"agencyUid": NORTH if number in OF_NORTH else SOUTH, "locationReferenceType": "AgencyLocation"}
    opening = {"locationRef": place, "openedDate": created, "sentDate": created}
    life = [stored(ticket_uid(number), 1, "TicketOpened", **opening)]
    if number % 4 == 0:
        life.append(stored(ticket_uid(number), 2, "TicketCancelled", date=created, sentDate=created))
    return life


@pytest.fixture(scope="module")
async def console(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway with seventy ordinary tickets, and old ones with texts that try to break a page."""
    folder = tmp_path_factory.mktemp("console")
    async with platform_on(engines, folder, entries=ENTRIES, scopes=SCOPES) as platform:
        await platform.db.users.update_one({"login": "reader"}, {"$set": {"role": "reader"}})
        now, old = utc_now(), "2020-01-01T08:00:00.000Z"
        lives = [ordinary(number, now) for number in (*OF_NORTH, *OF_SOUTH)]
        lives.append(life_with(ticket_uid(PLAIN), "plain", old))
        lives += [life_with(ticket_uid(FIRST_HOSTILE + number), text, old) for number, text in enumerate(HOSTILE)]
        batches = Batches(platform.db, ENTRIES)
        await batches.apply([event for life in lives for event in life])
        await batches.apply(life_with(ticket_uid(LONG), "long " * 40_000, "2019-01-01T08:00:00.000Z"))
        opening = {"locationRef": AT_NORTH, "openedDate": "2018-05-01T08:00:00.000Z"}
        opened = stored(ticket_uid(CLOSED_LATER), 1, "TicketOpened", **opening)
        await batches.apply([opened, stored(ticket_uid(CLOSED_LATER), 2, "TicketCancelled", date=JUNE)])
        await batches.close_feed(datetime(9999, 1, 1, tzinfo=UTC))
        yield platform


async def posted(console: Platform, path: str, user: str | None = None, /, **fields: str) -> Answer:
    """Send a form, as the user with this login."""
    return await console.ask(path, user, "POST", data=fields)


def listed(page: bytes) -> list[str]:
    return re.findall(r'<tr data-uid="([0-9a-f-]+)"', page.decode())


# login and logout


async def test_a_login_by_form_opens_a_session_and_goes_to_the_page_that_was_asked_for(console: Platform) -> None:
    asked = await console.ask("/tickets?status=OPENED", None)
    assert (asked.status, asked.headers["Location"]) == (303, "/login?next=/tickets%3Fstatus%3DOPENED")
    form = await console.ask(asked.headers["Location"], None)
    assert ("name", "next") in Structure(form.body).values
    assert ("value", "/tickets?status=OPENED") in Structure(form.body).values
    answer = await posted(console, "/login", login="all", password=PASSWORD, next="/tickets?status=OPENED")
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets?status=OPENED")
    assert re.fullmatch(r"PI_SESSION=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", answer.headers["Set-Cookie"])
    page = await console.ask("/tickets", None, headers={"Cookie": answer.headers["Set-Cookie"]})
    assert page.status == 200


@pytest.mark.parametrize("sent", [{"login": "all", "password": "x"}, {"login": '"><b>', "password": PASSWORD}, {}])
async def test_a_wrong_login_shows_the_form_again(console: Platform, sent: dict[str, str]) -> None:
    answer = await posted(console, "/login", **sent)
    assert (answer.status, "Set-Cookie" in answer.headers) == (400, False)
    form = Structure(answer.body)
    assert TEXTS["en"]["login.wrong"] in form.texts
    assert ("value", sent.get("login", "")) in form.values
    assert "b" not in {tag for tag, _ in form.elements}


async def test_a_login_leads_to_no_other_site(console: Platform) -> None:
    for elsewhere in ("//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example"):
        answer = await posted(console, "/login", login="all", password=PASSWORD, next=elsewhere)
        assert answer.headers["Location"] == "/tickets"


async def test_a_form_shares_the_limits_of_the_other_login(console: Platform) -> None:
    await add_guessed(console.db, "guessed")
    wrong = {"login": "guessed", "password": "x"}
    tried = [(await console.ask("/api/v1/login", None, "POST", json=wrong)).status for _ in range(5)]
    tried += [(await posted(console, "/login", **wrong)).status for _ in range(5)]
    refused = await posted(console, "/login", **wrong)
    assert (tried, refused.status) == ([400] * 10, 429)
    assert int(refused.headers["Retry-After"]) > 0
    assert (await console.ask("/api/v1/login", None, "POST", json=wrong)).status == 429


async def test_a_form_of_another_site_or_size_or_type_is_refused(console: Platform) -> None:
    form = urlencode({"login": "all", "password": PASSWORD}).encode()
    own = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/login", "/language"):
        foreign = await console.ask(path, None, "POST", data=form, headers=own | {"Origin": "http://127.0.0.1:1"})
        assert (foreign.status, "Set-Cookie" in foreign.headers) == (403, False)
        assert (await console.ask(path, None, "POST", data=b"a=" + b"x" * 8_192, headers=own)).status == 413
        assert (await console.ask(path, None, "POST", json={"login": "all", "password": PASSWORD})).status == 400
        for broken in (b"login=%ff", b"login=\xff", b"&".join([b"a=b"] * 11)):
            assert (await console.ask(path, None, "POST", data=broken, headers=own)).status == 400


async def test_a_logout_ends_the_session(console: Platform) -> None:
    cookie = (await posted(console, "/login", login="all", password=PASSWORD)).headers["Set-Cookie"]
    foreign = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    assert (await console.ask("/logout", None, "POST", headers=foreign)).status == 403
    answer = await console.ask("/logout", None, "POST", headers={"Cookie": cookie})
    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Set-Cookie"].startswith("PI_SESSION=; Path=/;")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await console.ask("/api/v1/tickets", None, headers={"Cookie": cookie})).status == 401


async def test_a_refused_form_leads_back_to_a_page_that_can_be_shown(console: Platform) -> None:
    ended = await console.ask("/logout", None, "POST")
    assert (ended.status, ended.headers["Location"]) == (303, "/login?next=/tickets")
    refused = await console.ask("/language", "all", "POST", data={"language": "de"})
    assert (refused.status, ("value", "/tickets") in Structure(refused.body).values) == (400, True)
    long = f"/tickets?location={'x' * LONGEST}"
    assert (await console.ask(long, None)).headers["Location"] == "/login?next=/tickets"
    assert ("value", "/tickets") in Structure((await console.ask(long)).body).values


# languages


async def test_the_language_is_the_browsers_until_another_one_is_chosen(console: Platform) -> None:
    french = {"Accept-Language": "fr-FR,fr;q=0.9"}
    page = (await console.ask("/tickets", headers=french)).body.decode()
    assert '<html lang="fr">' in page
    assert TEXTS["fr"]["zone"] in page
    answer = await posted(console, "/language", "all", language="en", next="/statistics")
    assert (answer.status, answer.headers["Location"]) == (303, "/statistics")
    kept = {"Cookie": f"{console.cookies['all']}; {answer.headers['Set-Cookie']}"}
    assert b'<html lang="en">' in (await console.ask("/tickets", None, headers=french | kept)).body
    assert (await posted(console, "/language", language="de")).status == 400


# tickets


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status=CLOSED",
        f"agency={SOUTH}",
        f"agency={NORTH},{SOUTH}&status=OPENED",
        "location=PARIS",
        "location=nowhere",
        "callpurpose=Fuite+d%27eau",
        "fulltext=plafond,cuis",
        "from=2019-06-01&to=2021-01-01",
        "range=10-19",
        "range=9999-10000",
        "status=OPENED&range=40-49",
    ],
)
async def test_the_list_selects_like_the_api(console: Platform, query: str) -> None:
    ranged = query if "range" in query else f"{query}&range=0-49"
    for login in ("all", "north"):
        api = await console.ask(f"/api/v1/tickets?{ranged}", login)
        page = await console.ask(f"/tickets?{query}", login)
        rows = await console.ask(f"/tickets/rows?{query}", login)
        expected = [item["uid"] for item in json.loads(api.body)["result"]]
        assert (page.status, listed(page.body), listed(rows.body)) == (200, expected, expected)


@pytest.mark.parametrize(
    "query", ["status=x", "range=x", "agency=1", "from=2020-02-30", "fulltext=a&status=OPENED", "to=1&to=2", "a=%zz"]
)
async def test_a_filter_that_the_api_refuses_is_refused_with_its_sentence(console: Platform, query: str) -> None:
    api, page = await console.ask(f"/api/v1/tickets?{query}"), await console.ask(f"/tickets?{query}")
    assert (api.status, page.status) == (400, 400)
    assert json.loads(api.body)["message"] in Structure(page.body).texts


async def test_pages_lead_through_the_whole_list(console: Platform) -> None:
    seen: list[str] = []
    target = "/tickets?status=OPENED"
    while target:
        page = (await console.ask(target)).body
        seen += listed(page)
        after = re.search(r'rel="next" href="([^"]+)"', page.decode())
        target = unescape(after[1]) if after else ""
    api = json.loads((await console.ask("/api/v1/tickets?status=OPENED&range=0-99")).body)["result"]
    assert seen == [item["uid"] for item in api]
    assert len(seen) > 50


async def test_a_user_sees_only_what_the_scope_has(console: Platform) -> None:
    page = await console.ask("/tickets?range=0-99", "north")
    assert set(listed(page.body)) >= set(map(ticket_uid, OF_NORTH))
    assert set(listed(page.body)).isdisjoint(map(ticket_uid, OF_SOUTH))
    assert "South" not in Structure(page.body).texts
    south = ticket_uid(OF_SOUTH[0])
    for target in (f"/tickets/{south}", f"/tickets/events/{south}"):
        assert (await console.ask(target, "all")).status == 200
        assert (await console.ask(target, "north")).status == 404
    shown = {login: await console.ask("/statistics", login) for login in ("all", "north")}
    figures = {login: re.findall(r"<dd>(\d+)</dd>", page.body.decode()) for login, page in shown.items()}
    assert figures == {"all": ["70", "53", "17"], "north": ["40", "30", "10"]}


@pytest.mark.parametrize("login", ["all", "north", "park"])
async def test_forms_offer_the_agencies_that_the_api_shows(console: Platform, login: str) -> None:
    shown = json.loads((await console.ask("/api/v1/agencies", login)).body)["result"]
    for target in ("/tickets", "/statistics"):
        page = (await console.ask(target, login)).body.decode()
        (offered,) = re.findall(r'<select name="agency">(.*?)</select>', page, re.DOTALL)
        values = re.findall(r'<option value="([^"]+)"', offered)
        assert values == [agency["uid"] for agency in shown]


async def test_a_ticket_shows_its_head_journal_and_events(console: Platform) -> None:
    page = Structure((await console.ask(f"/tickets/{ticket_uid(PLAIN)}")).body)
    assert page.texts.count("plain") > 20
    events = {TEXTS["en"]["event.MessageAdded"], TEXTS["en"]["event.TicketClosed"]}
    assert {*events, "Wednesday 2020-01-01"} <= set(page.texts)
    assert ("href", f"/tickets/events/{ticket_uid(PLAIN)}") in page.values
    some = await console.ask(f"/tickets/events/{ticket_uid(PLAIN)}?range=2-3")
    assert (some.status, some.headers["Content-Range"]) == (206, "2-3/7")
    assert [event["eventType"] for event in json.loads(some.body)["events"]] == ["CallReceived", "LogTrialAdded"]
    past = await console.ask(f"/tickets/events/{ticket_uid(PLAIN)}?range={10**30}-{10**31}")
    assert (past.headers["Content-Range"], json.loads(past.body)) == ("7-7/7", {"events": []})


@pytest.mark.parametrize("path", [f"/tickets/{ticket_uid(999)}", f"/tickets/events/{ticket_uid(999)}"])
async def test_an_unknown_ticket_is_not_found(console: Platform, path: str) -> None:
    answer = await console.ask(path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (await console.ask(path[:-1])).status == 400


# statistics and platform


async def test_statistics_count_the_range_and_the_filters(console: Platform) -> None:
    today = local_day(utc_now())
    shown = f"from={today - timedelta(days=29)}&to={today}"
    for query in (shown, f"agency={SOUTH}&{shown}", f"status=CLOSED&{shown}", f"location=Paris&{shown}"):
        page = Structure((await console.ask(f"/statistics?{query}")).body)
        api = await console.ask(f"/api/v1/tickets?{query}&range=0-99")
        assert str(len(json.loads(api.body)["result"])) in page.texts
    searched = Structure((await console.ask("/statistics?fulltext=plafond")).body)
    assert "70" in searched.texts
    assert (await console.ask("/statistics?from=2020-01-01&to=2021-01-01")).status == 400


@pytest.mark.parametrize("query", ["", f"agency={SOUTH}", f"agency={NORTH},{SOUTH}&status=OPENED", "location=Paris"])
async def test_a_bar_leads_to_the_tickets_that_it_counts(console: Platform, query: str) -> None:
    for login in ("all", "north"):
        page = (await console.ask(f"/statistics?{query}", login)).body.decode()
        bars = re.findall(r'<th scope="row"><a href="([^"]+)">.*?<td class="number">(\d+)</td>', page, re.DOTALL)
        assert bars or login == "north"
        for target, count in bars:
            listed_there = await console.ask(f"{unescape(target).replace('/', '/api/v1/', 1)}&range=0-99", login)
            assert len(json.loads(listed_there.body)["result"]) == int(count)


async def test_a_bar_of_a_search_leads_nowhere_because_the_list_cannot_select_it(console: Platform) -> None:
    page = (await console.ask("/statistics?fulltext=plafond")).body.decode()
    assert page.count('<svg class="share"') == 4
    assert '<th scope="row"><a' not in page


async def test_statistics_show_what_was_opened_and_closed_by_day(console: Platform) -> None:
    """Tickets of 2020 are opened and closed on the same day, the one of 2018 a month apart."""
    page = (await console.ask("/statistics?from=2019-12-31&to=2020-01-01")).body.decode()
    old = str(1 + len(HOSTILE))
    assert re.findall(r'<rect class="(opened|closed)" x', page) == ["opened", "closed"]
    assert table_of(page) == {"2019-12-31": ["0", "0", "0"], "2020-01-01": [old, "0", old]}
    assert f"<title>Wednesday 2020-01-01: {old} opened, {old} closed</title>" in page
    later = (await console.ask("/statistics?from=2018-06-02&to=2018-06-03")).body.decode()
    assert table_of(later) == {"2018-06-02": ["0", "0", "0"], "2018-06-03": ["0", "0", "1"]}
    assert (re.findall(r'<rect class="(opened|closed)" x', later), "by-agency" in later) == (["closed"], False)
    for language in TEXTS:
        asked = {"Accept-Language": language}
        empty = await console.ask("/statistics?from=2018-06-01&to=2018-06-01", headers=asked)
        assert TEXTS[language]["stats.none"] in Structure(empty.body).texts
        assert b'<svg class="chart"' not in empty.body


def table_of(page: str) -> dict[str, list[str]]:
    """Return the table of days below the chart: opened, of these still open, closed."""
    rows = re.findall(r'<tr><th scope="row">\w+ ([0-9-]+)</th>(.*?)</tr>', page)
    return {day: re.findall(r">([0-9]+)</td>", cells) for day, cells in rows}


async def test_the_platform_is_shown_to_operators_who_see_everything(console: Platform) -> None:
    for target in ("/platform", "/platform/now"):
        answer = await console.ask(target, "all")
        page = Structure(answer.body)
        assert answer.status == 200
        assert {"Gateway", "Event store", "gateway", "No command runs.", "12 partitions"} <= set(page.texts)
        for login in ("north", "reader", "park"):
            assert (await console.ask(target, login)).status == 403
    menus = {login: (await console.ask("/tickets", login)).body.count(b'href="/platform"') for login in SCOPES}
    assert menus == {"all": 1, "north": 0, "reader": 0, "park": 0}


async def test_the_platform_is_shown_when_the_relays_position_is_lost(console: Platform) -> None:
    relay, problem = {"_id": "relay"}, TEXTS["en"]["platform.problem.uncounted"]

    async def shows(status: int, text: str, *, shown: bool = True) -> None:
        async def is_so() -> bool:
            page = await console.ask("/platform")
            return page.status == status and (text in Structure(page.body).texts) == shown

        await until(is_so)  # the last sample answers for a second

    before = await console.db.progress.find_one_and_update(relay, {"$set": {"token": {"_data": "82"}}})
    assert before
    try:
        await shows(200, problem)
        await console.db.progress.delete_one(relay)
        await shows(503, TEXTS["en"]["refused.503"])
        assert (await console.ask("/platform")).headers["Retry-After"] == "1"
    finally:
        await console.db.progress.replace_one(relay, before, upsert=True)
    await shows(200, problem, shown=False)


async def test_many_who_look_at_the_platform_cost_one_reading(console: Platform) -> None:
    pages = await asyncio.gather(*(console.ask("/platform/now") for _ in range(20)))
    read_at = {match[0] for page in pages for match in re.findall(r"(Read at [0-9:]+)", page.body.decode())}
    assert {page.status for page in pages} == {200}
    assert len(read_at) <= 2


# pages as such


async def every_page(console: Platform) -> list[Answer]:
    refused = ("/tickets?range=x", f"/tickets/{ticket_uid(999)}")
    shown = [await console.ask(target) for target in (*PAGES, *refused, "/tickets/rows", "/platform/now", "/login")]
    return [*shown, await console.ask("/platform", "north"), await posted(console, "/login", login="x", password="x")]


async def test_pages_run_and_load_only_what_the_gateway_has(console: Platform) -> None:
    for page in await every_page(console):
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';")
        assert "form-action 'self'; frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        structure = Structure(page.body)
        assert [name for name, _ in structure.values if name.startswith("on") or name == "style"] == []
        assert "style" not in {tag for tag, _ in structure.elements}
        loaded = {value for name, value in structure.values if name in ("src", "href", "action", "data-part")}
        assert {value for value in loaded if not re.match(r"/(?!/)|#main$", value)} == set()
        for tag, names in structure.elements:
            assert tag != "script" or names == ("src", "type")


async def test_no_file_names_another_host() -> None:
    hosts = {host for text in sources() for host in re.findall(r"\w+://([\w.-]+)", text)}
    assert hosts <= {"www.w3.org"}  # the namespace of SVG


async def test_files_are_served_with_their_types_and_kept(console: Platform) -> None:
    media_types = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
    assert set(media_types) == set(FILES)
    for name, media_type in media_types.items():
        answer = await console.ask(f"/console/{name}", None)
        assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, media_type)
        again = await console.ask(f"/console/{name}", None, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
    for name in ("routes.py", "../app.py", "..%2fapp.py", "", "tickets.html"):
        assert (await console.ask(f"/console/{name}", None)).status == 404


async def test_methods_and_unknown_paths(console: Platform) -> None:
    home = await console.ask("/", None)
    assert (home.status, home.headers["Location"]) == (303, "/tickets")
    for target in (*PAGES, "/", "/login"):
        head = await console.ask(target, "all", "HEAD")
        assert (head.status, head.body) == (303 if target == "/" else 200, b"")
        assert (await console.ask(target, "all", "PUT")).status == 405
    assert (await console.ask("/tickets", "all", "POST")).headers["Allow"] == "GET, HEAD"
    assert (await console.ask("/logout", "all")).status == 405
    for unknown in ("/nowhere", "/api", "/api/nowhere", "/tickets/", "/tickets/a/b/c"):
        answer = await console.ask(unknown)
        assert (answer.status, json.loads(answer.body)["errorType"]) == (404, "NotFound")


async def test_pages_are_not_shown_without_a_session(console: Platform) -> None:
    for target in (*PAGES, "/tickets/rows", "/platform/now", f"/tickets/events/{ticket_uid(1)}"):
        answer = await console.ask(target, None)
        assert (answer.status, answer.headers["Location"].split("=")[0], answer.body) == (303, "/login?next", b"")


async def test_a_page_is_compressed_for_those_who_ask(console: Platform) -> None:
    answer = await console.ask("/tickets", headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")


# texts of people


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_a_text_never_becomes_a_part_of_the_page(console: Platform, number: int) -> None:
    """The page of a ticket has the same elements and attributes, whatever its texts are."""
    plain = Structure((await console.ask(f"/tickets/{ticket_uid(PLAIN)}")).body)
    hostile = Structure((await console.ask(f"/tickets/{ticket_uid(FIRST_HOSTILE + number)}")).body)
    assert hostile.elements == plain.elements
    assert len(hostile.texts) == len(plain.texts)
    if HOSTILE[number].isprintable():
        shown = HOSTILE[number].strip()[:300]
        assert sum(shown[:100] in text for text in hostile.texts) > 15


async def test_hostile_texts_stay_texts_in_the_list_and_in_the_address_bar(console: Platform) -> None:
    rows = Structure((await console.ask("/tickets/rows?from=2020-01-01&to=2020-01-02")).body)
    table = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in rows.elements} == table | {"p", "a", "bdi", "span", "time", "small"}
    assert {name for _, names in rows.elements for name in names} == {"class", "scope", "data-uid", "href", "datetime"}
    plain = Structure((await console.ask("/tickets?location=plain&fulltext=")).body)
    for text in HOSTILE:
        page = await console.ask(f"/tickets?{urlencode({'location': text})}")
        assert page.status == 200
        asked = Structure(page.body)
        assert {names for _, names in asked.elements} <= {names for _, names in plain.elements}
        assert ("value", text.strip()) in asked.values or not text.isprintable()


async def test_very_long_texts_are_cut_and_their_page_stays_small(console: Platform) -> None:
    page = await console.ask(f"/tickets/{ticket_uid(LONG)}")
    rows = await console.ask("/tickets/rows?from=2019-01-01&to=2019-01-02")
    assert (page.status, rows.status, listed(rows.body)) == (200, 200, [ticket_uid(LONG)])
    assert len(page.body) < 60_000
    assert len(rows.body) < 5_000
