"""`python -m tests.proof.pictures`: the README's pictures of the page, of a quarter just played."""

import asyncio
import shutil
from typing import Literal

from playwright.async_api import Browser, async_playwright

from tests.bot_process import ROOT
from tests.proof.figures import Size
from tests.proof.team_quarter import played_quarter

FOLDER = ROOT / "docs" / "pictures"
Scheme = Literal["light", "dark"]


async def main() -> None:
    """Take all of them."""
    async with played_quarter(Size.FULL) as played, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        await _picture(browser, played.page_url, "page-light", "light", 1_100, 1_500)
        await _picture(browser, played.page_url, "page-dark", "dark", 1_100, 1_500)
        await _picture(browser, played.page_url, "page-phone", "light", 360, 1_500)
        await browser.close()


async def _picture(
    browser: Browser, url: str, name: str, scheme: Scheme, width: int, height: int
) -> None:
    page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    await page.goto(url)
    await page.screenshot(path=FOLDER / f"{name}.png")
    await page.close()


if __name__ == "__main__":
    asyncio.run(main())
