"""The operator's page in a real browser: what is heard, what is seen, and what leaves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from store import Insights, Report
from tests.ops import reports
from tests.ops.test_page import served
from tests.test_browser import CHROMIUM, browser, complaints

__all__ = ["browser"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.usefixtures("untraced"),
]

WIDE, PHONE = {"width": 1_200, "height": 900}, {"width": 360, "height": 740}


@asynccontextmanager
async def opened(
    browser: Browser, insights: Insights, **options: Any
) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page, and what it complained of or asked for elsewhere."""
    troubles: list[str] = []
    async with served(insights) as client:
        address = str(client.make_url("/"))
        context = await browser.new_context(**options)
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda it: troubles.append(it.text))
        page.on("dialog", lambda it: troubles.append(it.message))
        page.on(
            "request",
            lambda it: None if it.url.startswith((address, "data:")) else troubles.append(it.url),
        )
        await page.goto(address)
        yield page, troubles
        await context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_the_page_passes_the_accessibility_check_and_fits_its_window(
    browser: Browser, colours: str, size: dict[str, int]
) -> None:
    told = reports.hostile(days=7), reports.empty(days=7), reports.quarter(times=1_000)
    for report in told:
        options = {"color_scheme": colours, "viewport": size, "bypass_csp": True}
        async with opened(browser, reports.Told(report), **options) as (page, troubles):
            if len(report.days) <= 7:  # axe looks at each cell for some milliseconds
                await page.locator("summary").click()
            assert await complaints(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
            assert troubles == []


@pytest.mark.parametrize("report", [reports.quarter(), reports.hostile()])
async def test_under_its_own_policy_it_is_styled_and_asks_for_nothing_else(
    browser: Browser, report: Report
) -> None:
    async with opened(browser, reports.Told(report), viewport=WIDE) as (page, troubles):
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(245, 246, 249)", "its style is let in"
        await expect(page.locator("h1")).to_have_count(1)
        await expect(page.locator("svg[role=img]")).to_have_count(3)
        await page.get_by_role("link", name="4 weeks").click()
        await expect(page.get_by_role("heading", name="The last 28 days")).to_be_visible()
        assert troubles == []


async def test_colours_follow_what_the_reader_prefers(browser: Browser) -> None:
    grounds = []
    for colours in ("light", "dark"):
        insights = reports.Told(reports.quarter())
        async with opened(browser, insights, color_scheme=colours) as (page, _):
            grounds.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
            bar = await page.evaluate("getComputedStyle(document.querySelector('.bar')).fill")
            grounds.append(bar)
    assert len(set(grounds)) == 4
