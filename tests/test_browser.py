"""The page of the playground in a real browser, with the real bot behind it."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.reading.verbs import ALIASES
from playground import Slack, Workspace
from playground.offer import MANIFEST, declared
from tests.conftest import RunningBot

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.usefixtures("untraced"),
]

Window = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        await launched.close()


@pytest.fixture
async def window(browser: Browser, slack: Slack, bot: RunningBot) -> AsyncIterator[Window]:
    """Open the page as somebody, each time in a browser profile of its own."""
    troubles: list[str] = []

    async def open_as(user_id: str, **options: Any) -> Page:
        context = await browser.new_context(**options)
        page = await context.new_page()
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda it: troubles.append(it.text) if it.type == "error" else None)
        await page.goto(f"{slack.url}/?person={user_id}")
        await page.locator('[data-channel="C01"]').click()
        return page

    assert bot.events_url
    yield open_as
    assert troubles == []


async def types(page: Page, text: str) -> None:
    """Type a line into the composer and send it."""
    await page.locator("#composer").press_sequentially(text)
    await page.locator("#composer").press("Escape")
    await page.locator("#composer").press("Enter")


def cards(page: Page) -> Any:
    return page.locator("[data-ts]:not([data-ephemeral])")


def private(page: Page) -> Any:
    return page.locator("[data-ephemeral]")


async def test_what_one_person_adds_another_finishes_and_both_see_it(window: Window) -> None:
    maya, tom = await window("U01"), await window("U02")
    await types(maya, "/task add Fix login <img src=x onerror=alert(1)> & *more*")
    await expect(private(maya)).to_contain_text("Added #1 Fix login <img src=x onerror=alert(1)>")
    await expect(private(maya)).to_contain_text("Only visible to you")
    for page in (maya, tom):
        await expect(cards(page)).to_contain_text(
            "#1 Fix login <img src=x onerror=alert(1)> & *more*"
        )
        await expect(page.locator("#timeline img")).to_have_count(0)
    await expect(private(tom)).to_have_count(0)

    await cards(tom).locator('[data-action-id="task_done"]').click()
    for page in (maya, tom):
        await expect(cards(page)).to_contain_text("Done by tom")
        await expect(cards(page).locator('[data-action-id="task_reopen"]')).to_be_visible()


async def test_one_window_can_become_another_person(window: Window) -> None:
    page = await window("U01")
    await types(page, "/task add Mine @me !quiet")
    await expect(private(page)).to_contain_text("Added #1 Mine")
    await page.locator("#who").select_option("U02")
    await page.locator('[data-channel="C01"]').click()
    await expect(private(page)).to_have_count(0)
    await types(page, "/task list all")
    await expect(private(page)).to_contain_text("#1 Mine")


async def test_a_private_channel_is_not_there_for_those_who_are_not_in_it(window: Window) -> None:
    maya, ada = await window("U01"), await window("U03")
    await maya.locator('[data-channel="C02"]').click()
    await types(maya, "/task add Hidden plan")
    await expect(private(maya)).to_contain_text("Added #1 Hidden plan")
    await expect(ada.locator('[data-channel="C02"]')).to_have_count(0)
    await types(ada, "/task show 1")
    await expect(private(ada)).to_contain_text("There is no task #1")


async def test_the_card_catches_up_when_slack_is_back(window: Window, slack: Slack) -> None:
    page = await window("U01")
    await page.locator("[data-toggle=wire]").click()
    await page.locator("[data-fault=down]").click()
    await expect(page.locator("[data-fault=down]")).to_have_attribute("aria-checked", "true")
    await types(page, "/task add Fix login")
    await expect(private(page)).to_contain_text("Added #1 Fix login")
    await slack.until(lambda: "reset" in [call.outcome for call in slack.calls], why="a failure")
    await expect(page.locator("#wire-list")).to_contain_text("chat.postMessage")
    await expect(cards(page)).to_have_count(0)
    await page.locator("[data-fault=down]").click()
    await expect(cards(page)).to_contain_text("#1 Fix login", timeout=20_000)


async def test_the_composer_hints_while_one_types_and_needs_no_mouse(
    window: Window, slack: Slack
) -> None:
    slack.page.offer = declared(MANIFEST.read_text())
    slack.page.offer.hints = ["/task list overdue", "/task done 12"]
    page = await window("U01")
    composer = page.locator("#composer")
    await composer.focus()
    await composer.press_sequentially("/task")
    await expect(page.locator("#hints [role=option]").first).to_be_visible()
    await composer.press_sequentially(" li")
    await composer.press("Tab")
    await expect(composer).to_have_value(re.compile("^/task list overdue"))
    await composer.fill("")
    await types(page, "/task add Fix login")
    await expect(cards(page)).to_contain_text("#1 Fix login")
    done = cards(page).locator('[data-action-id="task_done"]')
    await done.focus()
    await page.keyboard.press("Enter")
    await expect(cards(page)).to_contain_text("Done by maya")


async def test_half_typed_text_and_the_focus_outlive_what_others_do(
    window: Window, team: Workspace
) -> None:
    page = await window("U01")
    composer = page.locator("#composer")
    await composer.press_sequentially("half a thou")
    await team.people["U02"].command("/task add Of another", channel="C01")
    await expect(cards(page)).to_contain_text("#1 Of another")
    await composer.press_sequentially("ght")
    await expect(composer).to_have_value("half a thought")
    await expect(composer).to_be_focused()


async def test_a_task_is_edited_in_its_form_and_what_is_wrong_stands_at_its_field(
    window: Window,
) -> None:
    page = await window("U01", bypass_csp=True)
    await types(page, "/task add Fix login")
    await expect(cards(page)).to_contain_text("#1 Fix login")
    await types(page, "/task edit 1")
    form = page.locator('dialog[data-callback-id="edit_form"]')
    title, day = form.get_by_label("Title"), form.get_by_label("Due on")
    await expect(title).to_have_value("Fix login")
    await page.add_script_tag(content=AXE)
    assert await complaints(page) == []
    await title.fill("Fix <b>logout</b>")
    await day.fill("2020-02-29")
    await form.locator("[data-submit]").click()
    await expect(form).to_contain_text("That has passed. The next possible: today")
    await expect(title).to_have_value("Fix <b>logout</b>")
    await day.fill("")
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)
    await expect(cards(page)).to_contain_text("#1 Fix <b>logout</b>")


async def test_a_message_becomes_a_task_through_its_menu(window: Window, slack: Slack) -> None:
    slack.page.offer = declared(MANIFEST.read_text())
    page = await window("U02")
    await types(page, "The login is broken")
    await page.locator("[data-ts]").hover()
    await page.get_by_label("More").first.click()
    await page.get_by_text("Make it a task").click()
    form = page.locator('dialog[data-callback-id="new_form"]')
    await expect(form.get_by_label("Title")).to_have_value("The login is broken")
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_everything_that_is_drawn_passes_the_accessibility_check(
    window: Window, slack: Slack, colours: str
) -> None:
    slack.page.offer = declared(MANIFEST.read_text())
    slack.page.offer.hints = [f"/task {verb} 12" for verb in ALIASES]
    page = await window("U01", color_scheme=colours, bypass_csp=True)
    await types(page, "/task add Fix login @tom friday !high")
    await expect(cards(page)).to_contain_text("#1 Fix login")
    await page.add_script_tag(content=AXE)
    assert await complaints(page) == []
    await page.locator("#composer").press_sequentially("/t")
    await expect(page.locator("#hints [role=option]").first).to_be_visible()
    assert await complaints(page) == []
    await page.locator("#composer").fill("")
    await page.locator("[data-toggle=wire]").click()
    assert await complaints(page) == []
    await page.locator('[data-channel="samples"]').click()
    assert await complaints(page) == []
    await page.locator('[data-sample="form"]').click()
    await expect(page.locator("dialog[open]")).to_be_visible()
    assert await complaints(page) == []


async def complaints(page: Page) -> list[str]:
    """What axe finds, one line for each place."""
    found = await page.evaluate("axe.run(document)")
    return [
        f"{it['id']}: {node['html'][:200]}" for it in found["violations"] for node in it["nodes"]
    ]
