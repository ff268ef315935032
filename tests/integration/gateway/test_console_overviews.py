"""The console's pages that look at everything: statistics, and the platform."""

import asyncio
import json
import re
from datetime import timedelta
from html import unescape

import pytest

from services.gateway.console.languages import TEXTS
from shared.clock import utc_now
from shared.read_model.local_days import local_day
from tests.integration.gateway.console_platform import (
    SCOPES,
)
from tests.integration.gateway.gateway_platform import Platform
from tests.support.console import HOSTILE, Structure
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import until


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
