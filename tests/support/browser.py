"""A headless Chromium that tests look at pages with."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

AXE = Path(__file__).parent / "data" / "axe" / "axe.min.js"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    """Run Debian's Chromium; skips the test where it or Playwright is missing."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("There is no Chromium here; Debian has it in the package chromium.")
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed here.")
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def violations(page: "Page") -> Sequence[str]:
    """Return what axe-core finds wrong on a page: the rule, and the first element that breaks it."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


async def scrolls_sideways(page: "Page") -> bool:
    """Return whether a page is wider than its window."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
