"""The Home tab from the opening to every button on it, and who is shown it anew when."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playground import Channel, Exchange, Fault, Person, Slack, View, Workspace
from playground.controls import controls
from playground.people import Role
from store import UNDO_FOR
from store.home_page import HOME_PAGE
from tests.bot_process import bot_process
from tests.conftest import Ahead, RunningBot, eventually
from tests.journey import add, all_told, form_of, locked, slow_down, words_of

PUBLISH = "views.publish"
pytestmark = pytest.mark.usefixtures("untraced")


@pytest.fixture
async def bot(bot: RunningBot, clock: Ahead) -> RunningBot:
    """The bot at nine on a Wednesday to come, so that no test runs across a midnight."""
    day = clock.now() + timedelta(days=1 + (1 - clock.now().weekday()) % 7)
    clock.turn_to(day.replace(hour=9, minute=0))
    return bot


async def opened(person: Person, slack: Slack) -> View:
    """Somebody's Home, which they open now."""
    before = person.home.versions if person.home else 0
    exchange = await person.open_home()
    assert (exchange.status, exchange.body) == (200, "")
    await slack.until(lambda: person.home and person.home.versions > before, why="the Home")
    assert person.home is not None
    return person.home


def lines(home: View | None) -> list[str]:
    """What stands in a Home, its buttons apart."""
    assert home is not None
    said = []
    for block in home.blocks:
        if block["type"] == "rich_text":
            elements = [one for part in block["elements"] for one in part["elements"]]
            said.append("".join(str(one.get("text", one.get("fallback"))) for one in elements))
        elif "text" in block:
            said.append(block["text"]["text"])
        elif block["type"] == "context":
            said += [one["text"] for one in block["elements"]]
    return said


def numbers(home: View | None) -> list[int]:
    """The tasks in a Home, in their order."""
    return [number for those in groups(home).values() for number in those]


def groups(home: View | None) -> dict[str, list[int]]:
    """The tasks in a Home under their headings."""
    assert home is not None
    found: dict[str, list[int]] = {}
    for block in home.blocks:
        if block["type"] == "header":
            found[block["text"]["text"]] = []
        elif block["type"] == "rich_text" and found:
            number = block["elements"][0]["elements"][0]["text"]
            found[list(found)[-1]].append(int(number.removeprefix("#")))
    return found


async def press(person: Person, text: str, number: int | None = None) -> Exchange:
    """Press a button in one's Home; `number` says in which row."""
    assert person.home is not None
    value = None if number is None else str(number)
    click = await person.click(on=person.home, text=text, value=value)
    assert (click.status, click.body) == (200, "")
    return click


async def until(slack: Slack, person: Person, condition: Callable[[View], object]) -> None:
    await slack.until(lambda: person.home and condition(person.home), why="the Home")


def published(slack: Slack, person: Person) -> int:
    """How often somebody's Home was published."""
    calls = [call for call in slack.calls if call.method == PUBLISH]
    return len([call for call in calls if call.args.get("user_id") == person.id])


# Opening


async def test_the_first_open_publishes_at_once_and_welcomes(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    home = await opened(maya, slack)
    assert "Welcome!" in "".join(lines(home))
    assert "Add a first task for me" in labels_of(home)
    assert published(slack, maya) == 1
    assert await bot.metric("slack_api_calls_total", method=PUBLISH, outcome="ok") == 1


def labels_of(home: View | None) -> list[str]:
    assert home is not None
    return [control.label for control in controls(home)]


async def test_the_messages_tab_publishes_nothing(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    assert (await maya.open_home(tab="messages")).status == 200
    assert bot.rows("SELECT count(*) FROM homes") == [(0,)]
    await opened(maya, slack)
    assert published(slack, maya) == 1


async def test_home_and_bare_command_give_the_same_welcome(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    home = await opened(maya, slack)
    typed = await maya.command("/task", channel=dev)
    said = [block["elements"] for block in typed.blocks]
    assert len(said) == 3
    assert [block["elements"] for block in home.blocks[2:]] == said
    assert bot.rows("SELECT count(*) FROM tasks") == [(0,)]


async def test_the_first_task_is_made_in_home_for_me_in_no_channel(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await opened(maya, slack)
    await press(maya, "Add a first task for me")
    await until(slack, maya, lambda home: numbers(home) == [1] and "Undo" in labels_of(home))
    assert lines(maya.home)[1] == "#1 Try out Taskbot is added. For maya."
    row = "SELECT channel_id, assignee_id, has_card FROM tasks"
    assert bot.rows(row) == [(None, "U01", 0)]
    assert bot.rows("SELECT source FROM task_events") == [("home",)]
    await all_told(bot)
    assert published(slack, maya) == 2, "what was changed is said by the notice, and once"
    assert await bot.metric("tasks_created_total", source="home") == 1


async def test_groups_go_by_the_clock_of_who_looks(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    """At 00:30 on Monday in Berlin it is Sunday afternoon in Los Angeles."""
    clock.turn_to(datetime(2026, 11, 28, 9, tzinfo=UTC))
    for day in ("2026-11-29", "2026-11-30", "2026-12-07"):
        await add(maya, dev, f"Due {day} @maya due {day}", f"Tom's {day} @tom due {day}")
    await add(maya, dev, "Whenever")
    clock.turn_to(datetime(2026, 11, 29, 23, 30, tzinfo=UTC))
    assert groups(await opened(maya, slack)) == {
        "Overdue": [1],
        "Today": [3],
        "Later": [5],
        "No date": [7],
        "Given to others": [2, 4, 6],
    }
    assert lines(maya.home)[0] == "Your tasks, as of Mon 30 Nov 2026, 00:30 (Europe/Berlin)"
    assert groups(await opened(tom, slack)) == {"Today": [2], "Later": [4, 6]}
    assert lines(tom.home)[0].endswith("Sun 29 Nov 2026, 15:30 (America/Los_Angeles)")
    assert bot.rows("SELECT count(*) FROM homes") == [(2,)]


async def test_a_new_zone_is_a_new_clock_at_the_next_opening(
    bot: RunningBot, slack: Slack, maya: Person, team: Workspace
) -> None:
    await opened(maya, slack)
    maya.set_tz("Asia/Tokyo")
    await team.user_change(maya)
    assert bot.rows("SELECT zone FROM people WHERE user_id = 'U01'") == [("Asia/Tokyo",)]
    assert "(Asia/Tokyo)" in lines(await opened(maya, slack))[0]


# Buttons


async def test_done_takes_the_row_away_and_undo_brings_it_back(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await add(maya, dev, "Order cake")
    await opened(maya, slack)
    assert numbers(maya.home) == [1, 2]
    await press(maya, "Done", 1)
    await until(slack, maya, lambda home: numbers(home) == [2])
    assert lines(maya.home)[1] == "#1 Fix login is done."
    await slack.until(lambda: dev.messages and dev.messages[0].edits, why="the card")
    assert dev.messages[0].text.startswith("#1 Fix login (Done by maya")
    done = as_it_is(maya.home)
    await press(maya, "Undo")
    await until(slack, maya, lambda home: numbers(home) == [1, 2])
    assert lines(maya.home)[1].startswith("Undone: #1 Fix login")
    assert "Undo" not in labels_of(maya.home)
    await maya.click(on=done, text="Undo")
    await until(slack, maya, lambda home: "was taken back already" in lines(home)[1])
    assert bot.rows("SELECT kind, source FROM task_events WHERE number = 1") == [
        ("created", "command"),
        ("completed", "home"),
        ("reopened", "home"),
    ]
    assert await bot.metric("tasks_completed_total", source="home") == 1


async def test_start_stays_in_its_row_and_offers_itself_no_more(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    await press(maya, "Start", 1)
    await until(slack, maya, lambda home: "In progress" in "".join(lines(home)))
    assert numbers(maya.home) == [1]
    assert "Start" not in labels_of(maya.home)
    assert bot.rows("SELECT status, assignee_id FROM tasks") == [("doing", "U01")]


async def test_the_way_back_is_offered_for_as_long_as_there_is_one(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    await press(maya, "Done", 1)
    await until(slack, maya, lambda home: "Undo" in labels_of(home))
    clock.by += UNDO_FOR + timedelta(seconds=1)
    await press(maya, "Undo")
    await until(slack, maya, lambda home: "10 minutes ago" in lines(home)[1])
    assert bot.rows("SELECT status FROM tasks") == [("done",)]
    assert "Undo" not in labels_of(await opened(maya, slack))


async def test_a_task_that_somebody_changed_since_offers_no_undo_and_refuses_it(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    await press(maya, "Start", 1)
    await until(slack, maya, lambda home: "Undo" in labels_of(home))
    old = as_it_is(maya.home)
    await tom.command("/task priority 1 high", channel=dev)
    await until(slack, maya, lambda home: "Undo" not in labels_of(home))
    await maya.click(on=old, text="Undo")
    await until(slack, maya, lambda home: "was changed since" in lines(home)[1])
    assert bot.rows("SELECT status FROM tasks") == [("doing",)]


def as_it_is(home: View | None) -> View:
    """The Home as somebody's screen may still show it when it has changed."""
    assert home is not None
    return View(**vars(home))


async def test_what_is_so_already_and_what_is_refused_is_one_line_on_top(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login", "Order cake")
    await opened(maya, slack)
    old = as_it_is(maya.home)
    await tom.command("/task done 1", channel=dev)
    await until(slack, maya, lambda home: numbers(home) == [2])
    await maya.click(on=old, text="Done", value="1")
    await until(slack, maya, lambda home: "tom finished it" in lines(home)[1])
    assert (numbers(maya.home), labels_of(maya.home).count("Undo")) == ([2], 0)
    await maya.click(on=old, text="Start", value="1")
    await until(slack, maya, lambda home: "is done. Reopen it first" in lines(home)[1])
    assert numbers(maya.home) == [2]
    assert bot.rows("SELECT count(*) FROM task_events WHERE actor_id = 'U01'") == [(2,)]
    assert await bot.metric("slack_interactions_total", kind="action", outcome="rejected") == 1


async def test_a_task_out_of_sight_is_no_such_task_as_one_that_never_was(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, team: Workspace
) -> None:
    secret = team.channels["C02"]
    await add(tom, secret, "Surprise @maya")
    await opened(maya, slack)
    old = as_it_is(maya.home)
    assert "Surprise" in "".join(lines(old))
    secret.members.remove("U01")
    await tom.command("/task assign 1 nobody", channel=secret)
    await until(slack, maya, lambda home: not numbers(home))
    await maya.click(on=old, text="Done", value="1")
    await until(slack, maya, lambda home: "There is no task #1." in lines(home)[1])
    await press_value(maya, old, "999")
    await until(slack, maya, lambda home: "There is no task #999." in lines(home)[1])
    assert "Surprise" not in "".join(lines(maya.home))
    assert bot.rows("SELECT status FROM tasks") == [("todo",)]


async def press_value(person: Person, home: View, value: str) -> None:
    """Press Done with another value, as a forged click would."""
    (control, *_) = [one for one in controls(home) if one.label == "Done"]
    control.element["value"] = value
    await person.press(home, control)


async def test_a_button_that_was_never_drawn_is_told_on_top(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    home = await opened(maya, slack)
    await press_value(maya, as_it_is(home), "twelve")
    await until(slack, maya, lambda home: "I do not know this button" in lines(home)[1])
    assert numbers(maya.home) == [1]
    assert bot.rows("SELECT status FROM tasks") == [("todo",)]


async def test_an_answer_that_slack_takes_late_does_not_stay_over_a_newer_home(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login", "Order cake")
    home = await opened(maya, slack)
    await all_told(bot)
    hanging = slack.faults.add(Fault.hang(method=PUBLISH, times=1))
    await press_value(maya, as_it_is(home), "999")
    await slack.until(lambda: hanging.hits, why="the answer on its way")
    await tom.command("/task done 1", channel=dev)
    await until(slack, maya, lambda home: numbers(home) == [2])
    newer = maya.home.versions if maya.home else 0
    hanging.release()
    # The answer, drawn before tom's change, lies over it for a moment only.
    await until(slack, maya, lambda home: home.versions == newer + 2)
    assert numbers(maya.home) == [2]


# Forms


async def test_new_task_in_home_opens_a_form_whose_task_has_no_channel(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await opened(maya, slack)
    await press(maya, "New task")
    sent = await maya.submit(values={"title": "Fix login"})
    assert (sent.status, sent.body, maya.modal) == (200, "", None)
    await until(slack, maya, lambda home: numbers(home) == [1])
    assert lines(maya.home)[1].startswith("#1 Fix login is added.")
    assert bot.rows("SELECT channel_id, has_card FROM tasks") == [(None, 0)]
    await press(maya, "Undo")
    await until(slack, maya, lambda home: not numbers(home))
    assert await bot.metric("tasks_created_total", source="home") == 1


async def test_edit_in_home_opens_the_task_and_what_is_saved_shows_with_its_undo(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    await press(maya, "Edit", 1)
    sent = await maya.submit(values={"title": "Fix logout", "priority": "high"})
    assert (sent.status, sent.body, maya.modal) == (200, "", None)
    await until(slack, maya, lambda home: "high priority" in "".join(lines(home)))
    assert "#1 Fix logout\n" in "\n".join(lines(maya.home))
    await press(maya, "Undo")
    await until(slack, maya, lambda home: "#1 Fix login\n" in "\n".join(lines(home)[2:]))
    assert bot.rows("SELECT title, priority FROM tasks") == [("Fix login", "normal")]


async def test_settings_in_home_opens_the_form_and_saves_it(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await opened(maya, slack)
    await press(maya, "Settings")
    sent = await maya.submit(values={"digest": ["digest"]})
    assert (sent.status, sent.body, maya.modal) == (200, "", None)
    assert bot.rows("SELECT digest FROM settings WHERE user_id = 'U01'") == [(1,)]


async def test_a_form_that_slack_does_not_open_is_told_on_top(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await opened(maya, slack)
    slack.faults.add(Fault.error("expired_trigger_id", method="views.open", times=1))
    await press(maya, "New task")
    await until(slack, maya, lambda home: "did not" in lines(home)[1])
    assert maya.modal is None
    assert bot.rows("SELECT count(*) FROM tasks") == [(0,)]


# Pages


async def test_a_hundred_tasks_come_in_pages_that_can_be_turned_back_and_forth(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    for number in range(1, 102):
        await maya.command(f"/task add Task {number} !quiet", channel=dev)
    await opened(maya, slack)
    seen = []
    while True:
        seen.append(numbers(maya.home))
        if "more" not in labels_of(maya.home):
            break
        await press(maya, "more")
        await until(slack, maya, lambda home: numbers(home) != seen[-1])
    assert [number for page in seen for number in page] == list(range(1, 102))
    assert {len(page) for page in seen[:-1]} == {HOME_PAGE}
    await press(maya, "Previous")
    await until(slack, maya, lambda home: numbers(home) == seen[-2])
    await press(maya, "Done", seen[-2][0])
    await until(slack, maya, lambda home: seen[-2][0] not in numbers(home))
    assert seen[-1][0] in numbers(maya.home), "the click stays on its page"
    assert numbers(await opened(maya, slack))[0] == 1, "opening begins anew"
    assert bot.rows("SELECT count(*) FROM tasks WHERE status = 'done'") == [(1,)]


async def test_when_the_last_page_empties_the_one_before_is_shown(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    for number in range(1, HOME_PAGE + 2):
        await maya.command(f"/task add Task {number} !quiet", channel=dev)
    await opened(maya, slack)
    await press(maya, "more")
    await until(slack, maya, lambda home: numbers(home) == [HOME_PAGE + 1])
    await press(maya, "Done", HOME_PAGE + 1)
    await until(slack, maya, lambda home: numbers(home) == list(range(1, HOME_PAGE + 1)))
    assert "more" not in labels_of(maya.home)
    assert bot.rows("SELECT page FROM homes") == [(2,)]


async def test_a_click_on_the_largest_home_passes_the_door(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    """A click in a Home brings the whole Home with it."""
    for _ in range(HOME_PAGE):
        await maya.command(f"/task add {'😀' * 200} !quiet", channel=dev)
    await opened(maya, slack)
    click = await press(maya, "Done", HOME_PAGE)
    assert len(click.request.body) > 100_000
    await until(slack, maya, lambda home: HOME_PAGE not in numbers(home))
    assert bot.rows("SELECT count(*) FROM tasks WHERE status = 'done'") == [(1,)]


# Who else is shown it anew


async def test_a_change_is_shown_to_those_whom_it_concerns_and_to_nobody_else(
    bot: RunningBot, slack: Slack, team: Workspace, dev: Channel
) -> None:
    maya, tom, ada = (team.people[user_id] for user_id in ("U01", "U02", "U03"))
    for person in (maya, tom, ada):
        await opened(person, slack)
    await all_told(bot)
    slack.calls.clear()
    await maya.command("/task add Fix login @tom !quiet", channel=dev)
    await until(slack, maya, lambda home: groups(home) == {"Given to others": [1]})
    await until(slack, tom, lambda home: groups(home) == {"No date": [1]})
    await ada.command("/task assign 1 me", channel=dev)
    await until(slack, tom, lambda home: not numbers(home))
    await until(slack, ada, lambda home: groups(home) == {"No date": [1]})
    await all_told(bot)
    assert published(slack, ada) == 1, "before it was hers, it was none of her business"


async def test_who_did_not_open_home_for_a_week_is_shown_nothing_until_they_do(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    await opened(maya, slack)
    clock.by += timedelta(days=6)
    await opened(tom, slack)
    clock.by += timedelta(days=1, minutes=1)
    slack.calls.clear()
    await maya.command("/task add Fix login @tom !quiet", channel=dev)
    await until(slack, tom, lambda home: numbers(home) == [1])
    await all_told(bot)
    assert published(slack, maya) == 0
    assert numbers(await opened(maya, slack)) == [1]


async def test_ten_changes_are_few_publications_and_the_last_is_true(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await opened(maya, slack)
    await all_told(bot)
    slack.calls.clear()
    for number in range(1, 11):
        await add(maya, dev, f"Task {number}")
    await until(slack, maya, lambda home: numbers(home) == list(range(1, 11)))
    await all_told(bot)
    assert published(slack, maya) <= 3


async def test_a_guest_is_shown_what_they_made_or_hold_and_their_channels_no_more(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    gus = team.people["U04"]
    await add(maya, dev, "For gus @gus", "For nobody")
    assert groups(await opened(gus, slack)) == {"No date": [1]}
    await press(gus, "Done", 1)
    await until(slack, gus, lambda home: not numbers(home))
    assert bot.rows("SELECT completed_by FROM tasks WHERE number = 1") == [("U04",)]


@pytest.mark.parametrize("role", ["deactivated", "outsider", "bot"])
async def test_who_has_no_rights_here_is_published_nothing(
    bot: RunningBot,
    slack: Slack,
    team: Workspace,
    maya: Person,
    tom: Person,
    dev: Channel,
    role: Role,
) -> None:
    await add(maya, dev, "Fix login @tom")
    tom.set_role(role)
    await team.user_change(tom)
    assert (await tom.open_home()).status == 200
    await all_told(bot)
    assert published(slack, tom) == 0
    assert tom.home is None
    assert await bot.metric("errors_total", where="delivery") == 0


async def test_who_was_never_seen_before_is_asked_about_and_then_has_a_home(
    bot: RunningBot, slack: Slack, team: Workspace
) -> None:
    new = team.add_person("U88", name="newcomer", real_name="New Comer", tz="Asia/Tokyo")
    home = await opened(new, slack)
    assert lines(home)[0].startswith("Your tasks, as of ")
    assert "(Asia/Tokyo)" in lines(home)[0]
    assert bot.rows("SELECT zone FROM people WHERE user_id = 'U88'") == [("Asia/Tokyo",)]


# Slack and the database fail


async def test_slack_down_and_back_ends_on_a_true_home(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    down = slack.faults.add(Fault.status(503, method=PUBLISH))
    assert (await maya.open_home()).status == 200
    await slack.until(lambda: down.hits, why="the outage to be met")
    await add(maya, dev, "Fix login")
    assert maya.home is None
    slack.faults.remove(down)
    await slack.until(lambda: maya.home, seconds=10, why="the Home")
    await until(slack, maya, lambda home: numbers(home) == [1])
    await all_told(bot)


async def test_retry_after_holds_for_homes_alone_and_is_kept(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    limited = slack.faults.add(Fault.ratelimited(2, method=PUBLISH, times=1))
    await maya.open_home()
    await slack.until(lambda: limited.hits, why="the refusal")
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    assert maya.home is None
    await slack.until(lambda: maya.home, why="the Home")
    await until(slack, maya, lambda home: numbers(home) == [1])
    await all_told(bot)
    assert published(slack, maya) == 2


@pytest.mark.parametrize("code", ["not_enabled", "user_not_found"])
async def test_a_home_that_slack_does_not_have_is_given_up_without_an_error(
    bot: RunningBot, slack: Slack, maya: Person, code: str
) -> None:
    slack.faults.add(Fault.error(code, method=PUBLISH, times=1))
    bot.log()
    await maya.open_home()
    await eventually(
        lambda: bot.rows("SELECT 1 FROM notices WHERE told = wanted AND kind = 'home'")
    )
    assert await bot.metric("errors_total", where="delivery") == 0
    (dropped,) = bot.log("delivery.dropped")
    assert (dropped["code"], dropped["notice"], dropped["subject"]) == (code, "home", "U01")
    assert lines(await opened(maya, slack)), "the next opening tries again"


async def test_a_click_that_waits_for_the_database_shows_its_outcome_by_the_notice(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    with locked(bot.path):
        await press(maya, "Done", 1)
        await until(slack, maya, lambda home: "Not saved: the database is busy" in lines(home)[1])
    assert numbers(maya.home) == [1]
    await press(maya, "Done", 1)
    await until(slack, maya, lambda home: not numbers(home))
    assert await bot.metric("slack_interactions_total", kind="action", outcome="failed") == 1


async def test_a_fault_before_it_is_known_whose_home_that_is_is_told_in_a_form(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await opened(maya, slack)
    await all_told(bot)
    before = published(slack, maya)
    with broken(bot.path, "installations"):
        await press(maya, "Done", 1)
        await slack.until(lambda: maya.modal, why="the fault")
    assert "nothing was saved. Please try again." in words_of(form_of(maya), maya)
    assert (numbers(maya.home), published(slack, maya)) == ([1], before)
    assert await bot.metric("slack_interactions_total", kind="action", outcome="failed") == 1


@contextmanager
def broken(path: Path, table: str) -> Iterator[None]:
    """Have the database fail whoever asks this table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute(f"ALTER TABLE {table} RENAME TO gone")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE gone RENAME TO {table}")


async def test_a_click_that_is_saved_late_is_told_so_and_shown_when_it_is_through(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await opened(maya, slack)
    drop = slow_down(bot.path, seconds=4)
    click = await press(maya, "Add a first task for me")
    assert 2.3 <= click.seconds < 3
    await until(slack, maya, lambda home: "Still saving (ref " in lines(home)[1])
    await slack.until(lambda: numbers(maya.home) == [1], seconds=20, why="the task")
    assert lines(maya.home)[1] == "#1 Try out Taskbot is added. For maya."
    drop()
    assert bot.rows("SELECT count(*) FROM tasks") == [(1,)]


async def test_a_home_survives_the_kill_of_whoever_was_to_draw_it(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path
) -> None:
    path = tmp_path / "taskbot.db"
    async with bot_process(slack, path) as process:
        await add(maya, dev, "Fix login")
        hanging = slack.faults.add(Fault.hang(method=PUBLISH))
        await maya.open_home()
        await slack.until(lambda: hanging.hits, why="the call")
        await process.killed()
    slack.faults.clear()
    maya.home = None
    async with bot_process(slack, path):
        await slack.until(lambda: maya.home, seconds=15, why="the Home")
        assert numbers(maya.home) == [1]


async def test_another_workspace_s_people_have_no_home_with_us(
    bot: RunningBot, slack: Slack
) -> None:
    other = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    stranger = other.add_person("U01", name="mo")
    assert (await stranger.open_home()).status == 200
    assert bot.rows("SELECT count(*) FROM homes") == [(0,)]
    assert stranger.home is None
