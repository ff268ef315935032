"""The console in a real browser: at the width of a telephone and of a desk, with and without its script."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.gateway.console.languages import TEXTS
from shared.clock import utc_now, wire
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, platform_on
from tests.integration.gateway.known_tickets import ENTRIES, known_tickets
from tests.support.browser import AXE, chromium, scrolls_sideways, violations
from tests.support.console import HOSTILE, life_with
from tests.support.data.batches import Batches
from tests.support.data.tickets import AT_NORTH, stored, ticket_uid
from tests.support.engines.chosen_engines import Engines

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

PICTURES = Path(__file__).parents[2] / "build" / "console"
STREAM = "/api/vEvent/tickets/stream"
TELEPHONE, DESK = 390, 1_400
TICKETS, FIRST_HOSTILE, NEW = 36, 700, 900
SEEN_WITHIN = 20_000
"""Milliseconds in which a new event must show."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A gateway with tickets, and a browser."""

    platform: Platform
    batches: Batches
    browser: "Browser"

    @asynccontextmanager
    async def page(self, width: int, **more: Any) -> AsyncIterator["Page"]:
        """Open a page whose script may not fail, and which may ask nobody but the gateway."""
        options = {"viewport": {"width": width, "height": 900}, "locale": "en-GB"} | more
        context: BrowserContext = await self.browser.new_context(base_url=self.platform.url, **options)
        page = await context.new_page()
        failures: list[str] = []
        asked: set[str] = set()
        page.on("pageerror", lambda failure: failures.append(str(failure)))
        page.on("console", lambda said: failures.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda request: asked.add(re.sub(r"(\w+://[^/]+).*", r"\1", request.url)))
        yield page
        assert failures == []
        assert asked <= {self.platform.url}
        await context.close()

    async def log_in(self, page: "Page", path: str = "/tickets") -> None:
        await page.goto(path)
        await page.fill("[name=login]", "all")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(f"**{path}")

    async def apply(self, *life: Any) -> None:
        """Apply events to the views, and close the windows of the feed up to now."""
        await self.batches.apply(life)
        await self.batches.close_feed(utc_now())


@pytest.fixture(scope="module")
async def shown(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shown]:
    folder = tmp_path_factory.mktemp("console")
    scopes = {"all": {"kind": "everything"}}
    async with chromium() as browser, platform_on(engines, folder, entries=ENTRIES, scopes=scopes) as platform:
        batches, old = Batches(platform.db, ENTRIES), "2019-01-01T08:00:00.000Z"
        lives = [event for life in islice(known_tickets(utc_now() - timedelta(hours=1)), TICKETS) for event in life]
        texts = (*HOSTILE, "long " * 40_000)
        await batches.apply(lives)
        for number, text in enumerate(texts):
            await batches.apply(life_with(ticket_uid(FIRST_HOSTILE + number), text, old))
        await batches.close_feed(datetime(2026, 1, 1, tzinfo=UTC))
        yield Shown(platform, batches, browser)


async def pictured(page: "Page", name: str, width: int) -> None:
    """Keep a picture of a page that fits its window."""
    assert not await scrolls_sideways(page), name
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}-{width}.png")


@pytest.mark.parametrize("width", [TELEPHONE, DESK])
async def test_a_person_finds_a_ticket_and_changes_the_language(shown: Shown, width: int) -> None:
    async with shown.page(width) as page:
        await page.goto("/tickets?status=OPENED")
        await pictured(page, "login", width)
        await page.fill("[name=login]", "all")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url("**/tickets?status=OPENED")
        await page.select_option("select[name=status]", "CLOSED")
        await page.fill("input[name=location]", "Évry")
        await page.click(".fields button")
        await page.wait_for_url("**status=CLOSED**")
        badges = await page.locator("#rows .status").all_inner_texts()
        assert badges
        assert set(badges) == {TEXTS["en"]["status.CLOSED"]}
        await page.goto("/tickets")
        await pictured(page, "tickets", width)
        await page.locator("#rows tbody th a").first.click()
        await page.wait_for_selector("#ticket")
        await pictured(page, "ticket", width)
        for name in ("statistics", "platform"):
            await page.click(f"nav a[href='/{name}']")
            await page.wait_for_url(f"**/{name}")
            await pictured(page, name, width)
        await page.get_by_role("button", name=TEXTS["en"]["other.name"]).click()
        await page.wait_for_selector("html[lang=fr]")
        assert page.url.endswith("/platform")
        await page.goto("/tickets")
        assert await page.locator("h1").inner_text() == TEXTS["fr"]["nav.tickets"]
        await page.get_by_role("button", name=TEXTS["fr"]["logout"]).click()
        await page.wait_for_url("**/login")
        await page.goto("/tickets")
        assert page.url.endswith("/login?next=/tickets")


async def test_news_come_in_by_themselves(shown: Shown) -> None:
    async with shown.page(DESK) as page:
        await shown.log_in(page)
        await page.wait_for_selector("#live.on")
        await page.evaluate("window.isTheSamePage = true")
        now = wire(utc_now() + timedelta(minutes=1))
        opening = {"locationRef": AT_NORTH, "openedDate": now, "sentDate": wire(utc_now())}
        await shown.apply(stored(ticket_uid(NEW), 1, "TicketOpened", **opening))
        await page.wait_for_selector(f"tr[data-uid='{ticket_uid(NEW)}'].fresh", timeout=SEEN_WITHIN)
        assert await page.evaluate("window.isTheSamePage")

        async with page.expect_response(f"**{STREAM}"):  # the stream of the next page has begun
            await page.goto(f"/tickets/{ticket_uid(NEW)}")
        assert await page.locator(".journal li").count() == 0
        await shown.apply(stored(ticket_uid(NEW), 2, "MessageAdded", message="Called back.", sentDate=wire(utc_now())))
        await page.wait_for_selector(".journal .message:has-text('Called back.')", timeout=SEEN_WITHIN)


async def test_a_gateway_without_a_stream_leaves_a_plain_page(shown: Shown) -> None:
    async with shown.page(DESK) as page:
        await page.route(f"**{STREAM}", lambda route: route.fulfill(status=404))
        await shown.log_in(page)
        await page.wait_for_selector("#live:not(.on):not([hidden])")
        assert await page.locator("#live").inner_text() == TEXTS["en"]["live.off"]


async def test_the_platform_is_read_again_by_itself(shown: Shown) -> None:
    async with shown.page(DESK) as page:
        await shown.log_in(page, "/platform")
        first = await page.locator("#platform .note").first.inner_text()
        await page.wait_for_function(
            "first => document.querySelector('#platform .note').innerText !== first", arg=first, timeout=SEEN_WITHIN
        )


async def test_keys_move_through_the_list(shown: Shown) -> None:
    async with shown.page(DESK) as page:
        await shown.log_in(page)
        links = page.locator("#rows tbody th a")
        focused = "document.activeElement.getAttribute('href')"
        for key, number in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1)):
            await page.keyboard.press(key)
            assert await page.evaluate(focused) == await links.nth(number).get_attribute("href")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#ticket")


async def test_everything_can_be_read_without_a_script(shown: Shown) -> None:
    async with shown.page(TELEPHONE, java_script_enabled=False) as page:
        await shown.log_in(page)
        await page.locator("#rows tbody th a").first.click()
        await page.wait_for_selector("#ticket h1")
        await page.goto("/statistics")
        assert await page.locator("svg.chart rect").count() > 0


async def test_no_text_of_people_runs_or_breaks_the_layout(shown: Shown) -> None:
    async with shown.page(TELEPHONE) as page:
        await shown.log_in(page)
        targets = [f"/tickets/{ticket_uid(FIRST_HOSTILE + number)}" for number in range(len(HOSTILE) + 1)]
        for target in (*targets, "/tickets?from=2019-01-01&to=2019-01-02", "/statistics?from=2019-01-01&to=2019-01-02"):
            await page.goto(target)
            await page.wait_for_selector("main h1")
            assert await page.evaluate("window.broken") is None, target
            assert not await scrolls_sideways(page), target


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), [(TELEPHONE, "light"), (DESK, "light"), (DESK, "dark")])
async def test_axe_finds_nothing_wrong(shown: Shown, width: int, scheme: str) -> None:
    async with shown.page(width, color_scheme=scheme) as page:
        await page.goto("/login")
        assert await violations(page) == []
        await shown.log_in(page)
        for target in ("/tickets", f"/tickets/{ticket_uid(0)}", f"/tickets/{ticket_uid(FIRST_HOSTILE)}", "/statistics"):
            await page.goto(target)
            assert await violations(page) == [], target
        for target in ("/platform", "/tickets?range=x", f"/tickets/{ticket_uid(999)}"):
            await page.goto(target)
            assert await violations(page) == [], target


def test_axe_is_the_version_that_is_written_down() -> None:
    written = (AXE.parent / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() in written
    assert AXE.read_text(encoding="utf-8").startswith("/*! axe v4.12.1")
