"""`python -m playground.pictures ADDRESS`: takes the README's pictures of a demo just started."""

import argparse
import asyncio
import shutil
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, async_playwright, expect

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
BOTH: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What falls due is told at its minute, and the shortest wait that one can ask for is one.
UNTIL_DUE_MS = 90_000


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(prog="python -m playground.pictures", description=__doc__)
    parser.add_argument("address", help="what `make demo` printed")
    asyncio.run(_take(parser.parse_args().address.rstrip("/")))


async def _take(address: str) -> None:
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1_100, "height": 760})
        await page.goto(f"{address}/?person=U01#C01")
        await _type(page, "/task add Water the plants @me due in 1 minute !quiet")
        await page.get_by_text("Dismiss").click()
        for scene in (_channel, _list, _form, _home, _direct, _survey):
            await scene(page)
        await browser.close()


async def _channel(page: Page) -> None:
    """A card, and the private answer to who made it."""
    await _type(page, "/task add Renew the licence @priya friday 5pm")
    card = page.locator("[data-ts]:not([data-ephemeral])").last
    await expect(card).to_contain_text("licence")
    await _picture(page, "channel", "light")
    await page.locator("[data-toggle=wire]").click()
    await expect(card).to_be_in_viewport(ratio=1)
    await _picture(page, "wire", "dark")
    await page.locator("#wire-close").click()
    await page.get_by_text("Dismiss").click()


async def _list(page: Page) -> None:
    await _type(page, "/task list all")
    await _picture(page, "list")
    await page.get_by_text("Dismiss").click()


async def _form(page: Page) -> None:
    await page.locator("#composer").fill("/task edit 1")
    await page.locator("#composer").press("Enter")
    form = page.locator("dialog[open]")
    await expect(form.get_by_label("Title")).to_be_focused()
    await _picture(page, "form")
    await form.locator("[data-close]").first.click()


async def _home(page: Page) -> None:
    await page.locator('[data-channel="home"]').click()
    await expect(page.locator("#home-blocks")).to_contain_text("Given to others")
    await _picture(page, "home")


async def _direct(page: Page) -> None:
    """What fell due meanwhile."""
    await page.get_by_text("Messages", exact=True).first.click()
    await expect(page.locator("#timeline")).to_contain_text("Due now", timeout=UNTIL_DUE_MS)
    await _picture(page, "direct")


async def _survey(page: Page) -> None:
    """What five finished tasks bring: a line below the next answer, and its form."""
    await page.locator('[data-channel="C01"]').click()
    await _type(page, "/task done 1 2 3 5 6")
    await page.get_by_text("Dismiss").click()
    await _type(page, "/task list all")
    await _picture(page, "survey")
    await page.locator("#timeline").get_by_label("Answer three questions").click()
    await expect(page.locator("dialog[open]").get_by_label("What do you use")).to_be_visible()
    await _picture(page, "feedback")


async def _type(page: Page, line: str) -> None:
    """Type a line and wait for its answer."""
    await page.locator("#composer").fill(line)
    await page.locator("#composer").press("Escape")
    await page.locator("#composer").press("Enter")
    await expect(page.locator("[data-ephemeral]")).to_be_visible()


async def _picture(page: Page, name: str, *schemes: Literal["light", "dark"]) -> None:
    """Save what is to be seen, in light and in dark if it is not said which."""
    await page.mouse.move(0, 0)
    for colours in schemes or BOTH:
        await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        await page.screenshot(path=FOLDER / f"{name}-{colours}.png")


if __name__ == "__main__":
    main()
