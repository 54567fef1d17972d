"""Who may see and change what: one table, and what follows from it for posts and workspaces."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from playground import Channel, Exchange, Fault, Message, Person, Slack, Workspace
from tests.conftest import RunningBot, running_bot, until_known

# Which tasks exist for whom: the columns say where the task was typed, and whether the person
# asks there or in another public channel. Who made or holds a task is in none of the channels.
# "no task" is byte for byte what is said of a number that never was; "refused" is in words.
WHO_SEES = """
task in            public              private             direct              unknown channel
asked              there    elsewhere  there    elsewhere  there    elsewhere  there    elsewhere

full member        sees     sees       sees     no task    sees     no task    sees     no task
admin              sees     sees       sees     no task    sees     no task    sees     no task
guest              sees     no task    sees     no task    sees     no task    sees     no task
unknown person     sees     no task    sees     no task    sees     no task    sees     no task
creator            -        sees       -        sees       -        sees       -        sees
assignee           -        sees       -        sees       -        sees       -        sees
guest as creator   -        sees       -        sees       -        sees       -        sees
guest as assignee  -        sees       -        sees       -        sees       -        sees
outsider           refused  refused    refused  refused    refused  refused    refused  refused
bot                refused  refused    refused  refused    refused  refused    refused  refused
deactivated        refused  refused    refused  refused    refused  refused    refused  refused
"""

PEOPLE: dict[str, tuple[str, Any]] = {
    "full member": ("U11", "member"),
    "admin": ("U12", "admin"),
    "guest": ("U13", "guest"),
    "unknown person": ("U14", "admin"),
    "creator": ("U15", "member"),
    "assignee": ("U16", "member"),
    "guest as creator": ("U17", "guest"),
    "guest as assignee": ("U18", "single_channel_guest"),
    "outsider": ("U19", "outsider"),
    "bot": ("U20", "bot"),
    "deactivated": ("U21", "deactivated"),
}
CHANNELS: dict[str, tuple[str, Any]] = {
    "public": ("C11", "public"),
    "private": ("C12", "private"),
    "direct": ("G13", "mpim"),
    "unknown channel": ("C14", "public"),
}
# What each verb says of a task that one may see, in the order in which they are tried.
SAID = {
    "show": ("(To do · For ",),
    "history": ("History of #",),
    "delete": ("Delete #", "and admins may do that."),
    "done": (" is done.",),
    "start": (" is done. Reopen it first",),
    "reopen": (" is open again.",),
    "restore": (" is not deleted.",),
}
REFUSALS = ("another organisation", "Bots cannot use", "account is deactivated")
NEVER_WAS = 99
SEES, NO_TASK, REFUSED, NOT_THERE = "sees", "no task", "refused", "-"


async def test_everybody_sees_and_changes_what_the_table_says(
    bot: RunningBot, slack: Slack, team: Workspace
) -> None:
    house = await House.build(bot, slack, team)
    found = [
        [row, *[await house.cell(row, place, where) for place in CHANNELS for where in WHERE]]
        for row in PEOPLE
    ]
    assert found == [list(row) for row in table(WHO_SEES)]


WHERE = ("there", "elsewhere")


def table(text: str) -> Iterator[list[str]]:
    """The rows of a table, below its headings."""
    for line in text.split("\n\n", 1)[1].splitlines():
        yield re.split(r"\s{2,}", line.strip())


@dataclass(frozen=True)
class House:
    """A workspace with everybody and every kind of channel of the table, and its tasks."""

    slack: Slack
    team: Workspace
    numbers: dict[tuple[str, bool], int] = field(default_factory=dict)
    """The task in each kind of channel, of full members or of guests."""
    nevers: dict[tuple[str, str], str] = field(default_factory=dict)
    """What each person is told about a number that never was, asked once for each verb."""

    @classmethod
    async def build(cls, bot: RunningBot, slack: Slack, team: Workspace) -> "House":
        unknown_id, _ = PEOPLE["unknown person"]
        slack.faults.add(Fault.error("internal_error", method="users.info"))
        slack.faults.add(Fault.error("internal_error", method="conversations.info", channel="C14"))
        for name, (user_id, role) in PEOPLE.items():
            person = team.add_person(user_id, name=name.replace(" ", "-"), role=role)
            if user_id != unknown_id:
                await team.user_change(person)
        for name, (channel_id, kind) in CHANNELS.items():
            ids = [user_id for user_id, _ in PEOPLE.values()]
            team.add_channel(channel_id, name=name.replace(" ", "-"), kind=kind, members=ids)
        house = cls(slack, team)
        await house.add("creator", "assignee", of_guests=False)
        await house.add("guest as creator", "guest as assignee", of_guests=True)
        assert bot.rows("SELECT count(*) FROM tasks") == [(len(house.numbers),)]
        return house

    async def add(self, creator: str, assignee: str, *, of_guests: bool) -> None:
        """Have somebody make a task in each channel, and leave it together with the assignee."""
        holder = f"<@{PEOPLE[assignee][0]}>"
        for place, (channel_id, _) in CHANNELS.items():
            line = f"/task add In {place} {holder} !quiet"
            answer = await self.person(creator).command(line, channel=channel_id)
            self.numbers[place, of_guests] = added(answer)
            for somebody in (creator, assignee):
                self.team.channels[channel_id].leave(self.person(somebody))

    def person(self, row: str) -> Person:
        return self.team.people[PEOPLE[row][0]]

    async def cell(self, row: str, place: str, where: str) -> str:
        """What one of the people is told of one task by every verb and a click, in one word."""
        person, number = self.person(row), self.numbers[place, row.startswith("guest as")]
        channel = self.team.channels[CHANNELS[place][0] if where == "there" else "C01"]
        if where == "there" and person.id not in channel.members:
            return NOT_THERE
        answers = [listed(number, await person.command("/task list all", channel=channel))]
        for verb, said in SAID.items():
            answers.append(await self.typed(person, channel, verb, number, said))
        answers.append(await self.clicked(person, channel, number))
        return " and ".join(sorted(set(answers)))

    async def typed(
        self, person: Person, channel: Channel, verb: str, number: int, said: Sequence[str] = ()
    ) -> str:
        """One word for what a command says of a task."""
        answer = await person.command(f"/task {verb} {number}", channel=channel)
        told = judged(number, said, answer.text)
        if told == NO_TASK:
            assert whole(answer, number) == await self.never(person, verb)
        return told

    async def never(self, person: Person, verb: str) -> str:
        """Everything that a command says of a number that never was."""
        key = (person.id, verb)
        if key not in self.nevers:
            answer = await person.command(f"/task {verb} {NEVER_WAS}", channel="C01")
            self.nevers[key] = whole(answer, NEVER_WAS)
        return self.nevers[key]

    async def clicked(self, person: Person, channel: Channel, number: int) -> str:
        """One word for what a click on an old button says, whatever number stands behind it."""
        answer = await self.pressed(person, channel, number)
        told = judged(number, SAID["done"], answer)
        if told == SEES:
            await person.command(f"/task reopen {number}", channel=channel)
        if told == NO_TASK:
            never = await self.pressed(person, channel, NEVER_WAS)
            assert answer.replace(f"#{number}", "#N") == never.replace(f"#{NEVER_WAS}", "#N")
        return told

    async def pressed(self, person: Person, channel: Channel, number: int) -> str:
        pressed = await person.click("task_done", on=old_button(self.team, channel, number))
        assert (pressed.status, pressed.body) == (200, "")
        await self.slack.until(lambda: pressed.shown, why="an answer to the click")
        return pressed.latest().text


def old_button(team: Workspace, channel: Channel, number: int) -> Message:
    """A message with a Done button, as an old answer of ours has one."""
    done = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Done"},
        "action_id": "task_done",
        "value": str(number),
    }
    row = {"type": "actions", "block_id": f"words|{number}|||", "elements": [done]}
    return team.bot_message(channel.id, "An old list", blocks=[row])


def whole(answer: Exchange, number: int) -> str:
    """Everything that Slack gets, but for the number as it was typed, the date and the length."""
    headers = {name: it for name, it in answer.headers.items() if name not in VARYING}
    told = json.dumps([answer.status, headers, answer.body]).replace(f"#{number}", "#N")
    return re.sub(rf"(/task \w+) {number}\b", r"\1 N", told)


VARYING = ("Date", "Content-Length")


def judged(number: int, said: Sequence[str], answer: str) -> str:
    """One word for an answer about a task."""
    if any(words in answer for words in REFUSALS):
        return REFUSED
    if answer.startswith(f"There is no task #{number}."):
        return NO_TASK
    is_told = f"#{number} " in answer and any(one in answer for one in said)
    return SEES if is_told else f"what is this: {answer}"


def listed(number: int, answer: Exchange) -> str:
    """One word for whether a task stands in a list."""
    if any(words in answer.text for words in REFUSALS):
        return REFUSED
    return SEES if f"#{number} In " in json.dumps(answer.body) else NO_TASK


def added(answer: Exchange) -> int:
    """The number of a task from the answer to `add`."""
    match = re.match(r"Added #(\d+) ", answer.text)
    assert match, answer.text
    return int(match.group(1))


async def test_an_outsider_who_presses_done_on_a_card_is_refused_in_words(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    shared = team.add_channel("C31", name="with-partners", shared=True)
    olaf = team.add_person("U31", name="olaf", role="outsider")
    shared.join(olaf)
    await maya.command("/task add Fix login", channel=shared)
    await slack.until(lambda: shared.messages, why="the card")
    bot.log()
    click = await olaf.click("task_done", on=shared.messages[0])
    await slack.until(lambda: click.shown, why="the refusal")
    assert "belong to another organisation" in click.latest().text
    assert bot.rows("SELECT status, version FROM tasks") == [("todo", 1)]
    (line,) = bot.log("slack.interaction")
    assert (line["kind"], line["outcome"], line["user"]) == ("action", "rejected", "U31")
    assert await bot.metric("slack_interactions_total", kind="action", outcome="rejected") == 1


async def test_a_person_whom_slack_cannot_tell_us_about_is_told_so(
    bot: RunningBot, slack: Slack, team: Workspace, dev: Channel
) -> None:
    slack.faults.add(Fault.error("internal_error", method="users.info"))
    answer = await team.add_person("U41", name="uma").command("/task add Mine", channel=dev)
    assert "Added #1 Mine" in answer.text
    assert "Slack could not tell me who you are" in json.dumps(answer.body)
    assert bot.rows("SELECT creator_id FROM tasks") == [("U41",)]


# What stands in a list of everybody's tasks that is posted, by who posts it where: the task of
# each named channel. Only the channel's own where people of other organisations listen, where
# Slack could not say whether they do, and when a guest posts.
POSTED = {
    ("maya", "dev"): {"dev", "design", "with-partners"},
    ("maya", "with-partners"): {"with-partners"},
    ("maya", "den-with-the-bot"): {"dev", "design", "with-partners", "den-with-the-bot"},
    ("maya", "secret"): {"secret"},
    ("maya", "not-known"): {"not-known"},
    ("gus", "dev"): {"dev"},
}


async def test_what_is_posted_shows_no_more_than_everybody_there_may_see(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    slack.faults.add(Fault.error("internal_error", method="conversations.info", channel="C54"))
    team.add_channel("C51", name="design")
    team.add_channel("C52", name="den-with-the-bot", kind="private", members=[maya], bot_in=True)
    team.add_channel("C53", name="with-partners", shared=True)
    team.add_channel("C54", name="not-known")
    places = {channel.name: channel for channel in team.channels.values()}
    people = {person.name: person for person in team.people.values()}
    for name, channel in places.items():
        await maya.command(f"/task add In {name} !quiet", channel=channel)
    found = {(who, where): await posted(slack, people[who], places[where]) for who, where in POSTED}
    assert found == POSTED
    assert bot.rows("SELECT count(*) FROM tasks") == [(len(places),)]


async def posted(slack: Slack, person: Person, channel: Channel) -> set[str]:
    """Post a list of everybody's tasks; the names of the channels whose tasks are in it."""
    before = len(channel.messages)
    answer = await person.command("/task list all", channel=channel)
    await person.click("list_post", on=answer)
    await slack.until(lambda: len(channel.messages) > before, why="the posted list")
    return set(re.findall(r"#\d+ In (\S+) ", channel.messages[-1].text))


async def test_a_task_that_not_everybody_there_may_see_is_not_posted(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    secret = team.channels["C02"]
    await maya.command("/task add Hush !quiet", channel=secret)
    refused = await maya.click("task_post", on=await maya.command("/task show 1", channel=dev))
    await slack.until(lambda: refused.shown, why="the refusal")
    assert "Not everybody here may see #1, so nothing was posted." in refused.latest().text
    assert dev.messages == []
    await maya.click("task_post", on=await maya.command("/task show 1", channel=secret))
    await slack.until(lambda: secret.messages, why="the posted task")
    assert "#1 Hush" in secret.messages[0].text
    assert bot.rows("SELECT count(*) FROM tasks") == [(1,)]


@pytest.fixture
def other(slack: Slack) -> Workspace:
    """A second workspace, in which the same ids stand for other people and channels."""
    workspace = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    workspace.add_person("U01", name="mo", role="admin")
    workspace.add_person("U02", name="tea")
    workspace.add_person("U77", name="ann", role="admin")
    workspace.add_channel("C01", name="dev")
    workspace.add_channel("C02", name="open", kind="public")
    workspace.add_channel("C77", name="plaza", kind="public")
    return workspace


async def test_another_workspaces_task_never_was(
    slack: Slack,
    team: Workspace,
    other: Workspace,
    maya: Person,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, mo = tmp_path / "taskbot.db", other.people["U01"]
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(team.people))
        theirs = [added(await maya.command("/task add Ours", channel="C01")) for _ in range(3)]
        refused = await mo.command("/task show 1", channel="C01")
        assert "not installed in this workspace" in refused.text
    async with running_bot(slack, path, capsys, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) + len(other.people))
        await nothing_is_told(slack, mo, theirs)
        mine = [added(await mo.command("/task add Theirs", channel="C01")) for _ in range(6)]
        await nothing_is_told(slack, maya, sorted({*mine} - {*theirs}))
        assert "#1 Ours" in (await maya.command("/task show 1", channel="C01")).text
        assert "#1 Theirs" in (await mo.command("/task show 1", channel="C01")).text
        assert "Theirs" not in json.dumps(
            (await maya.command("/task list all", channel="C01")).body
        )
        assert (theirs, mine) == ([1, 2, 3], [1, 2, 3, 4, 5, 6])
        events = "SELECT team_id, count(*) FROM task_events GROUP BY 1 ORDER BY 1"
        assert bot.rows(events) == [("T01", 3), ("T02", 6)]


async def nothing_is_told(slack: Slack, person: Person, numbers: list[int]) -> None:
    """Try every verb and a click on numbers of the other workspace."""
    channel = person.workspace.channels["C01"]
    house = House(slack, person.workspace)
    for number in numbers:
        for verb in SAID:
            assert await house.typed(person, channel, verb, number) == NO_TASK
        assert await house.clicked(person, channel, number) == NO_TASK


async def test_slack_is_never_asked_about_one_workspace_with_the_token_of_another(
    slack: Slack,
    team: Workspace,
    other: Workspace,
    maya: Person,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(team.people))
        await maya.command("/task add In public", channel="C01")
    team.add_channel("C77", name="den", kind="private", members=["U77", "U01"])
    stranger = team.add_person("U77", name="stan", role="guest")
    async with running_bot(slack, path, capsys, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) - 1 + len(other.people))
        # U77 is an admin and C77 is public in the other workspace, whose token is at hand.
        assert "There is no task #1" in (await stranger.command("/task show 1", channel="C77")).text
        await maya.command("/task add In the den", channel="C77")
        answer = await team.people["U03"].command("/task show 2", channel="C01")
        assert "There is no task #2" in answer.text
        await team.user_change(team.people["U04"])
        known = bot.rows("SELECT user_id, name FROM people WHERE team_id = 'T02' ORDER BY 1")
        assert known == [("U01", "mo"), ("U02", "tea"), ("U77", "ann"), ("UBOT02", "taskbot")]


async def test_a_workspace_without_a_row_is_refused_in_words(
    bot: RunningBot, slack: Slack, other: Workspace
) -> None:
    bot.log()
    answer = await other.people["U01"].command("/task add Sneak in", channel="C01")
    assert answer.status == 200
    assert "not installed in this workspace" in answer.text
    click = await other.people["U01"].click(
        "task_done", on=old_button(other, other.channels["C01"], 1)
    )
    await slack.until(lambda: click.shown, why="the refusal")
    assert "not installed in this workspace" in click.latest().text
    assert bot.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert [line["outcome"] for line in bot.log("slack.interaction")] == ["rejected", "rejected"]
