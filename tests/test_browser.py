"""The page of the playground in a real browser, with the real bot behind it."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.reading.verbs import ALIASES
from playground import Channel, Fault, Person, Slack, Workspace
from playground.offer import MANIFEST, declared
from tests.conftest import Ahead, RunningBot
from tests.journey import add
from tests.playground.drawn import actions, option, plain, section

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
PATIENCE_MS = 10_000
BERLIN = ZoneInfo("Europe/Berlin")
TOMORROW = datetime.now(BERLIN).date() + timedelta(days=1)

expect.set_options(timeout=PATIENCE_MS)

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
    slack.page.offer = declared(MANIFEST.read_text())
    troubles: list[str] = []

    async def open_as(user_id: str, **options: Any) -> Page:
        context = await browser.new_context(**options)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
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


async def test_the_newest_message_stays_in_sight_when_the_page_makes_room_for_the_wire(
    window: Window, tom: Person, dev: Channel
) -> None:
    for number in range(20):
        tom.says(f"{number}: words that go over more than one line " * 4, channel=dev)
    page = await window("U01")
    await expect(cards(page).last).to_be_in_viewport(ratio=1)
    await page.locator("[data-toggle=wire]").click()
    await expect(cards(page).last).to_be_in_viewport(ratio=1)


async def test_a_task_is_edited_in_its_form_and_what_is_wrong_stands_at_its_field(
    window: Window,
) -> None:
    page = await window("U01", bypass_csp=True)
    await types(page, "/task add Fix login")
    await expect(cards(page)).to_contain_text("#1 Fix login")
    await types(page, "/task edit 1")
    form = page.locator('dialog[data-callback-id="edit_form"]')
    title, day = form.get_by_label("Title"), form.get_by_label("Due date")
    await expect(title).to_have_value("Fix login")
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


async def test_a_new_task_is_made_in_a_form_and_what_is_wrong_is_mended_there(
    window: Window,
) -> None:
    page = await window("U01")
    await page.get_by_label("Shortcuts").first.click()
    await page.get_by_role("menuitem", name="New task").click()
    form = page.locator('dialog[data-callback-id="new_form"]')
    await expect(form.get_by_label("Title")).to_be_focused()
    await page.keyboard.type("Fix login")
    await form.get_by_label("Due time").fill("17:00")
    await form.get_by_label(re.compile("^Channel")).select_option("C01")
    await form.locator("[data-submit]").click()
    await expect(form).to_contain_text("17:00 on which day?")
    await expect(form.get_by_label("Due date")).to_be_focused()
    await form.get_by_label("Due date").fill(f"{TOMORROW}")
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)
    await expect(cards(page)).to_contain_text("#1 Fix login")
    await expect(cards(page)).to_contain_text("Due tomorrow at 5:00 PM")


async def test_a_message_in_a_thread_becomes_a_task_whose_card_stands_in_the_thread(
    window: Window, tom: Person, dev: Channel
) -> None:
    asked = tom.says("Shall we release?", channel=dev)
    reply = tom.says("The login is broken", channel=dev, thread=asked)
    page = await window("U01")
    message = page.locator(f'[data-ts="{reply.ts}"]')
    await message.get_by_label("More about").first.click()
    await message.get_by_role("menuitem", name="Make it a task").click()
    form = page.locator('dialog[data-callback-id="new_form"]')
    await expect(form.get_by_label("Title")).to_have_value("The login is broken")
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)
    await expect(cards(page)).to_have_count(3)
    card = cards(page).last
    for words in ("in a thread", "#1 The login is broken", "From a message"):
        await expect(card).to_contain_text(words)
    assert dev.messages[-1].thread_ts == asked.ts


async def test_what_two_people_change_at_once_is_shown_side_by_side_and_then_replaced(
    window: Window,
) -> None:
    maya, tom = await window("U01"), await window("U02")
    await types(maya, "/task add Fix login")
    forms = []
    for page in (maya, tom):
        await expect(cards(page)).to_contain_text("#1 Fix login")
        await types(page, "/task edit 1")
        forms.append(page.locator('dialog[data-callback-id="edit_form"]'))
    hers, his = forms
    await his.get_by_label("Title").fill("Fix <b>logout</b>")
    await his.locator("[data-submit]").click()
    await expect(his).to_have_count(0)
    await hers.get_by_label("Title").fill("Fix both")
    await hers.locator("[data-submit]").click()
    await expect(hers).to_contain_text("tom changed the title meanwhile to “Fix <b>logout</b>”")
    await expect(hers.get_by_label("Title")).to_have_value("Fix both")
    await expect(cards(maya)).to_contain_text("#1 Fix <b>logout</b>")
    await hers.locator("[data-submit]").click()
    await expect(hers).to_have_count(0)
    for page in (maya, tom):
        await expect(cards(page)).to_contain_text("#1 Fix both")


async def home_of(page: Page) -> Locator:
    """Open somebody's Home."""
    await page.locator('[data-channel="home"]').click()
    return page.locator("#home-blocks")


async def test_every_button_in_home_does_what_it_says(
    window: Window, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, *(f"Task {number}" for number in range(1, 27)))
    page = await window("U01")
    home = await home_of(page)

    async def press(label: str) -> None:
        await home.get_by_label(label, exact=True).click()

    await press("more: next page")
    await expect(home).to_contain_text("#26 Task 26")
    await expect(home).not_to_contain_text("#1 Task 1")
    await press("Previous page")
    await press("Done: #1 Task 1")
    await expect(home).to_contain_text("#1 Task 1 is done.")
    await press("Undo: #1")
    await expect(home).to_contain_text("Undone: #1 Task 1")
    await press("Start: #2 Task 2")
    await expect(home).to_contain_text("In progress · maya")
    await expect(home.get_by_label("Start: #2 Task 2", exact=True)).to_have_count(0)
    await press("Edit: #3 Task 3")
    await save(page, "edit_form", "Third task")
    await expect(home).to_contain_text("#3 Third task")
    await press("New task")
    await save(page, "new_form", "Quite new")
    await expect(home).to_contain_text("#27 Quite new is added.")


async def save(page: Page, callback_id: str, title: str) -> None:
    """Fill in a form's title and send it off."""
    form = page.locator(f'dialog[data-callback-id="{callback_id}"]')
    await form.get_by_label("Title").fill(title)
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)


async def test_a_click_on_a_home_that_lags_behind_is_answered_on_top_of_it(
    window: Window, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login", "Order cake")
    page = await window("U01")
    home = await home_of(page)
    await expect(home).to_contain_text("#1 Fix login")
    hanging = slack.faults.add(Fault.hang(method="views.publish", times=1))
    await tom.command("/task done 1", channel=dev)
    await slack.until(lambda: hanging.hits, why="the Home on its way")
    await home.get_by_label("Start: #1 Fix login", exact=True).click()
    await expect(home).to_contain_text("#1 Fix login is done. Reopen it first")
    await expect(home.get_by_label("Start: #1 Fix login", exact=True)).to_have_count(0)
    hanging.release()


async def test_settings_are_kept_and_refused_at_their_field(window: Window) -> None:
    page = await window("U01")
    home = await home_of(page)
    await home.get_by_text("Settings").click()
    form = page.locator('dialog[data-callback-id="settings_form"]')
    weekdays = form.get_by_role("checkbox", name=re.compile("day$"))
    await form.get_by_label("Send me my open tasks").check()
    for number in range(5):
        await weekdays.nth(number).uncheck()
    await form.get_by_label("Hour").select_option("07:00")
    await form.locator("[data-submit]").click()
    await expect(form.locator("[data-error]:visible")).to_have_count(1)
    await weekdays.first.check()
    await form.locator("[data-submit]").click()
    await expect(form).to_have_count(0)
    await home.get_by_text("Settings").click()
    await expect(form.get_by_label("Send me my open tasks")).to_be_checked()
    assert [await weekdays.nth(number).is_checked() for number in range(3)] == [True, False, False]
    await expect(form.get_by_label("Hour").locator("option:checked")).to_have_text("07:00")


async def test_the_survey_is_offered_below_an_answer_and_filled_in(
    window: Window, bot: RunningBot, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, *(f"Task {number}" for number in range(1, 6)))
    page = await window("U01", bypass_csp=True)
    await types(page, "/task done 1 2 3 4 5")
    await expect(private(page).last).to_contain_text("#5 Task 5 is done.")
    await types(page, "/task list")
    ask = private(page).get_by_label("Answer three questions about Taskbot")
    await expect(ask).to_have_count(1)
    assert await complaints(page) == []
    await ask.click()
    form = page.locator('dialog[data-callback-id="feedback_form"]')
    await expect(form).to_contain_text("read by those who run Taskbot")
    assert await complaints(page) == []
    await form.locator("[data-submit]").click()
    await expect(form).to_contain_text("Answer at least one")
    await form.get_by_label("What frustrates you").fill("Sub-tasks,\n<b>please</b>")
    await form.get_by_role("radio", name="Very disappointed").check()
    await form.locator("[data-submit]").click()
    await expect(page.locator("dialog[open]")).to_contain_text("Thank you!")
    kept = "SELECT used_for, missing, feeling FROM feedback"
    assert bot.rows(kept) == [("", "Sub-tasks,\n<b>please</b>", "very")]


async def test_what_falls_due_and_the_digest_arrive_as_direct_messages_that_can_be_used(
    window: Window, team: Workspace, dev: Channel, clock: Ahead
) -> None:
    maya, tom, ada = (team.people[user_id] for user_id in ("U01", "U02", "U03"))
    page = await window("U01")

    async def it_is(hour: int, day: date) -> None:
        clock.turn_to(datetime.combine(day, time(hour), BERLIN))
        await add(ada, dev, "What time is it")

    await add(maya, dev, f"Fix login @me {TOMORROW} 17:00")
    await it_is(17, TOMORROW)
    await page.get_by_role("button", name="Messages").click()
    told = cards(page).first
    await expect(told).to_contain_text("Due now:")
    await told.get_by_label("Start: #1 Fix login").click()
    await expect(told).to_contain_text("In progress · For maya")
    await told.get_by_label("Done: #1 Fix login").click()
    await expect(told).to_contain_text("Done by maya")

    await add(tom, dev, "Order cake @maya")
    await expect(cards(page).last).to_contain_text("tom gave you a task:")
    await cards(page).last.get_by_label("Settings").click()
    settings = page.locator('dialog[data-callback-id="settings_form"]')
    for label in ("Send me my open tasks", "Saturday", "Sunday"):
        await settings.get_by_label(label).check()
    await settings.locator("[data-submit]").click()
    await expect(settings).to_have_count(0)
    await it_is(9, TOMORROW + timedelta(days=1))
    digest = cards(page).filter(has_text="Your open tasks")
    await digest.get_by_label(re.compile("^Done: #.* Order cake$")).click()
    await expect(digest.get_by_label(re.compile("^Reopen: #.* Order cake$"))).to_be_visible()
    await expect(digest).not_to_contain_text("Fix login")


# What axe has to see drawn though the bot does not use it.
OTHERS: list[dict[str, Any]] = [
    section(fields=[plain("Due\nFriday"), plain("Low")]),
    {"type": "divider"},
    actions(
        {"type": "radio_buttons", "action_id": "how", "options": [option("High"), option("Low")]},
        {"type": "datetimepicker", "action_id": "when"},
    ),
    section(
        accessory={
            "type": "multi_static_select",
            "action_id": "states",
            "placeholder": plain("States"),
            "options": [option("To do"), option("Done")],
        }
    ),
]


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_everything_that_is_drawn_passes_the_accessibility_check(
    window: Window, slack: Slack, team: Workspace, tom: Person, colours: str
) -> None:
    page = await window("U01", color_scheme=colours, bypass_csp=True)
    slack.page.offer.hints = [f"/task {verb} 12" for verb in ALIASES]
    await tom.command("/task add Fix login @maya friday !high", channel="C01")
    await types(page, "/task add Order cake tomorrow")
    await expect(cards(page)).to_have_count(2)
    team.bot_message("C01", "Of another app", blocks=OTHERS)
    await page.locator("#composer").press_sequentially("/t")
    await expect(page.locator("#hints [role=option]").first).to_be_visible()
    assert await complaints(page) == []
    await page.locator("#composer").fill("")
    await page.locator("[data-toggle=wire]").click()
    assert await complaints(page) == []
    await page.locator("#wire-close").click()
    await page.get_by_role("button", name="Messages").click()
    await expect(cards(page)).to_contain_text("tom gave you a task:")
    assert await complaints(page) == []
    home = await home_of(page)
    await home.get_by_label("Start: #1 Fix login").click()
    await expect(home).to_contain_text("In progress · maya")
    assert await complaints(page) == []
    await home.get_by_label("Edit: #1 Fix login").click()
    await expect(page.locator("dialog[open]")).to_be_visible()
    assert await complaints(page) == []


async def complaints(page: Page) -> list[str]:
    """What axe finds, one line for each place."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(content=AXE)
    found = await page.evaluate("axe.run(document)")
    return [
        f"{it['id']}: {node['html'][:200]}" for it in found["violations"] for node in it["nodes"]
    ]
