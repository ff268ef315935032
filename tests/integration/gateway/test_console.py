"""The console over HTTP: login by form, pages with filters and scopes, headers, and texts of people as data."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from services.gateway.console.languages import TEXTS
from services.gateway.console.local_paths import LONGEST
from services.gateway.console.routes import FILES
from tests.integration.gateway.console_platform import FIRST_HOSTILE, LONG, OF_NORTH, OF_SOUTH, PAGES, PLAIN
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, add_guessed
from tests.support.clients.http import Answer
from tests.support.console import HOSTILE, Structure, sources
from tests.support.data.directory import NORTH, SOUTH
from tests.support.data.tickets import ticket_uid


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
