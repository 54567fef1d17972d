"""What is used, refused and broken is counted, by verbs and first words, and nothing else is."""

import sqlite3
from pathlib import Path

import pytest

from playground import Channel, Person, Slack, Workspace
from tests.conftest import Ahead, RunningBot, eventually, running_bot, until_known
from tests.journey import locked

VERBS = "SELECT verb, outcome, reason, count FROM verb_days ORDER BY verb, outcome, reason"
WORDS = "SELECT word, count FROM word_days ORDER BY word"
FAULTS = "SELECT place, count FROM fault_hours ORDER BY place"

TYPED = (
    "",
    "add Canary one",
    "new Canary two",
    "add",
    "add Canary due 2020-01-01",
    "done 1 99",
    "done 1",
    "done 98 99",
    "delete 1",
    "Remind me of the canary",
    "remind <@U02|tom>",
    "<@U02|tom> has the canary",
    "12 canaries",
    "canary4711 is a secret",
    "help canary",
)


async def test_each_command_counts_by_verb_and_outcome_and_no_other_word_is_kept(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    for text in TYPED:
        await maya.command(f"/task {text}".rstrip(), channel=dev)
    await eventually(lambda: bot.rows("SELECT sum(count) FROM verb_days") == [(len(TYPED),)])
    assert bot.rows(VERBS) == [
        ("(unknown)", "rejected", "unknown_verb", 5),
        ("add", "answered", "", 2),
        ("add", "rejected", "no_title", 1),
        ("add", "rejected", "past_due", 1),
        ("delete", "answered", "", 1),
        ("done", "answered", "", 2),
        ("done", "rejected", "no_such_task", 1),
        ("help", "rejected", "unknown_verb", 1),
        ("mine", "answered", "", 1),
    ]
    assert bot.rows(WORDS) == [("(mention)", 1), ("(number)", 1), ("(other)", 1), ("remind", 2)]
    assert bot.rows(FAULTS) == []


async def test_what_somebody_may_not_do_is_counted_by_why(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await tom.command("/task done 1", channel=dev)
    await tom.command("/task start 1", channel=dev)
    await tom.command("/task undo 3", channel=dev)
    await eventually(lambda: bot.rows("SELECT sum(count) FROM verb_days") == [(4,)])
    assert bot.rows(VERBS)[2:] == [
        ("start", "rejected", "reopen_first", 1),
        ("undo", "rejected", "nothing_expected", 1),
    ]


async def test_clicks_make_people_active_and_are_no_verbs(
    slack: Slack, bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await tom.click(text="Done", on=dev.messages[-1])
    people = "SELECT user_id FROM contacts ORDER BY user_id"
    await eventually(lambda: bot.rows(people) == [("U01",), ("U02",)])
    assert bot.rows(VERBS) == [("add", "answered", "", 1)]


async def test_a_fault_while_the_database_is_away_waits_in_memory_with_its_hour(
    bot: RunningBot, maya: Person, dev: Channel, clock: Ahead
) -> None:
    with locked(bot.path):
        answer = await maya.command("/task add Fix login", channel=dev)
        assert "Not saved" in answer.text
    hour = int(clock.seconds()) // 3_600
    await eventually(lambda: bot.rows(FAULTS) == [("listener", 1)])
    assert bot.rows("SELECT hour FROM fault_hours") == [(hour,)]
    assert await bot.metric("errors_total", where="listener") == 1
    assert bot.rows(VERBS) == [("add", "failed", "", 1)]


async def test_a_stop_writes_what_was_noted_and_a_start_shows_it(
    slack: Slack,
    team: Workspace,
    maya: Person,
    tom: Person,
    dev: Channel,
    clock: Ahead,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys, clock.now) as bot:
        await until_known(bot, len(team.people))
        await maya.command("/task add Fix login", channel=dev)
        await tom.command("/task", channel=dev)
    assert bot.rows("SELECT user_id FROM contacts ORDER BY user_id") == [("U01",), ("U02",)]
    async with running_bot(slack, path, capsys, clock.now) as bot:
        text = await bot.get("/metrics")
        while "users_total 0.0" in text:
            text = await bot.get("/metrics")
        for line in ("users_total 2.0", 'users_active{window="day"} 2.0', "users_activated 1.0"):
            assert line in text.splitlines()
        told = await bot.get("/metrics", Accept="application/json")
        assert '"tasks_created_total": 1, "tasks_completed_total": 0' in told


async def test_figures_are_shown_at_once_however_many_days_are_still_to_be_summed(
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    clock: Ahead,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, days = tmp_path / "taskbot.db", 1_500
    async with running_bot(slack, path, capsys, clock.now) as bot:
        await until_known(bot, len(team.people))
        await maya.command("/task add Fix login", channel=dev)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE contacts SET first_day = first_day - ?", [days])
    file.close()
    async with running_bot(slack, path, capsys, clock.now) as bot:
        while await bot.metric("users_total") == 0:
            pass
        ((summed,),) = bot.rows("SELECT count(DISTINCT day) FROM day_sums")
    assert summed < days - 1
