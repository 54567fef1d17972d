"""Who may see and change what: one table, and what follows from it for posts and workspaces."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.drawing.forms import edit_task
from bot.reading.opened import Opened
from playground import Channel, Exchange, Fault, Message, Person, Slack, Workspace
from tests.conftest import RunningBot, eventually, running_bot, until_known
from tests.factories import reader, task
from tests.journey import words_of

# Which tasks exist for whom ("Who may"): the columns say where the task was typed, and whether the
# person asks there or in another public channel. In two of the places the bot is a member, so that
# it can know who is there. Who made or holds a task has left all of them, or never was there.
# "no task" is byte for byte what is said of a number that never was; "refused" is in words.
WHO_SEES = """
task in           public             private, with bot  private, no bot    direct
asked             there    elsewhere there    elsewhere there    elsewhere there    elsewhere

member in it      sees     sees      sees     sees      sees     no task   sees     no task
member outside    sees     sees      -        no task   -        no task   -        no task
admin outside     sees     sees      -        no task   -        no task   -        no task
guest in it       sees     no task   sees     no task   sees     no task   sees     no task
guest outside     -        no task   -        no task   -        no task   -        no task
unknown person    sees     no task   sees     no task   sees     no task   sees     no task
creator who left  sees     sees      -        sees      -        sees      -        sees
assignee outside  sees     sees      -        sees      -        sees      -        sees
guest who made    -        sees      -        sees      -        sees      -        sees
guest who holds   -        sees      -        sees      -        sees      -        sees
other workspace   no task  no task   no task  no task   no task  no task   no task  no task
outsider          refused  refused   refused  refused   refused  refused   refused  refused
bot               refused  refused   refused  refused   refused  refused   refused  refused
deactivated       refused  refused   refused  refused   refused  refused   refused  refused
"""

# Who they are, and whether they stay in all four places or were never there. Those who make tasks
# and hold them for others come there and leave.
PEOPLE: dict[str, tuple[str, Any, bool]] = {
    "member in it": ("U11", "member", True),
    "member outside": ("U12", "member", False),
    "admin outside": ("U13", "admin", False),
    "guest in it": ("U14", "guest", True),
    "guest outside": ("U15", "single_channel_guest", False),
    "unknown person": ("U16", "admin", True),
    "creator who left": ("U17", "member", True),
    "assignee outside": ("U18", "member", False),
    "guest who made": ("U19", "guest", True),
    "guest who holds": ("U20", "single_channel_guest", False),
    "outsider": ("U21", "outsider", True),
    "bot": ("U22", "bot", True),
    "deactivated": ("U23", "deactivated", True),
}
MAKERS = {"creator who left": "assignee outside", "guest who made": "guest who holds"}
CHANNELS: dict[str, tuple[str, Any, bool]] = {
    "public": ("C11", "public", True),
    "private, with bot": ("C12", "private", True),
    "private, no bot": ("C13", "private", False),
    "direct": ("G14", "mpim", False),
}
FOREIGN = "other workspace"
WHERE = ("there", "elsewhere")
REFUSALS = ("another organisation", "Bots cannot use", "account is deactivated")
NEVER_WAS = 99
LATEST = 10**9 - 1
"""A version that no task reaches: nobody changed anything after it."""
SEES, NO_TASK, REFUSED, NOT_THERE = "sees", "no task", "refused", "-"

# What is typed about a task, and what is said of one that exists. Each can be asked again and
# again, in any order: nobody loses or gets a task by it.
TYPED = {
    "show {n}": (" · For ",),
    "history {n}": ("History of #",),
    "done {n}": (" is done.", " finished it "),
    "start {n}": (" is in progress", "Reopen it first"),
    "reopen {n}": (" is open",),
    "assign {n} {holder}": (" already.",),
    "due {n} 2030-01-02": ("is due ",),
    "priority {n} high": ("has high priority",),
    "edit {n} In sight": (" is its title now.", "has that title already"),
    "note {n} Seen": (" has a new note.",),
    "delete {n}": ("Delete #", "and admins may do that."),
    "restore {n}": (" is not deleted.",),
}
CLICKED = {
    "task_done": TYPED["done {n}"],
    "task_start": TYPED["start {n}"],
    "task_reopen": TYPED["reopen {n}"],
    "task_restore": TYPED["restore {n}"],
    "task_menu": TYPED["delete {n}"],
}


@dataclass(frozen=True)
class Visit:
    """Somebody who asks somewhere about one task, which `holder` has."""

    house: "House"
    person: Person
    channel: Channel
    number: int
    holder: str
    home: Channel
    """Where the task was typed."""

    async def command(self, line: str, channel: Channel | None = None) -> Exchange:
        """Type what is meant by the line: `{n}` is the task, `{holder}` who has it."""
        typed = line.format(n=self.number, holder=f"<@{self.holder}>")
        return await self.person.command(f"/task {typed}", channel=channel or self.channel)

    def of_never(self) -> "Visit":
        """The same about a number that never was."""
        return replace(self, number=NEVER_WAS, channel=self.house.elsewhere(self.person))


Surface = Callable[[Visit], Awaitable[str]]
"""From who asks, where and about which task to one word."""


async def by_list(visit: Visit) -> str:
    """Whether it stands among everybody's tasks."""
    return listed(visit.number, await visit.command("list all open done"))


async def by_find(visit: Visit) -> str:
    """Whether it stands among those with a word of its title."""
    return listed(visit.number, await visit.command("find all open done in"))


def by_line(line: str, said: Sequence[str]) -> Surface:
    """What a command says of it."""

    async def ask(visit: Visit) -> str:
        answer = await visit.command(line)
        told = judged(visit.number, said, answer.text)
        if told == NO_TASK:
            assert whole(answer, visit.number) == await visit.house.never(visit, line, typed)
        return told

    async def typed(visit: Visit) -> str:
        return whole(await visit.command(line), visit.number)

    return ask


def by_click(action_id: str, said: Sequence[str]) -> Surface:
    """What a click on an old button says of it, whatever number stands behind that."""

    async def ask(visit: Visit) -> str:
        answer = await pressed(visit)
        told = judged(visit.number, said, answer)
        if told == NO_TASK:
            never = await visit.house.never(visit, action_id, pressed)
            assert answer.replace(f"#{visit.number}", f"#{NEVER_WAS}") == never
        return told

    async def pressed(visit: Visit) -> str:
        on = old_button(visit.person.workspace, visit.channel, visit.number, action_id)
        click = await visit.person.click(action_id, on=on)
        assert (click.status, click.body) == (200, "")
        await visit.house.slack.until(lambda: click.shown, why="an answer to the click")
        return click.latest().text

    return ask


async def by_undo(visit: Visit) -> str:
    """Whether a change can be taken back here that was made where the task was typed."""
    at_home = visit.home.open_to(visit.person)
    note = await visit.command("note {n} Mine", visit.home if at_home else None)
    changed = judged(visit.number, TYPED["note {n} Seen"], note.text)
    if changed != SEES:
        return changed
    undone = await visit.command("undo")
    told = judged(visit.number, ("Undone: ", " was changed since."), undone.text)
    if told == NO_TASK:
        await visit.command("undo", visit.home)
    return told


async def by_opening(visit: Visit) -> str:
    """Whether the form about it opens."""
    answer = await visit.command("edit {n}")
    if answer.body == "":
        (form,) = visit.person.views
        assert form.content["title"]["text"] == f"Edit #{visit.number}"
        return SEES
    told = judged(visit.number, (), answer.text)
    if told == NO_TASK:
        assert whole(answer, visit.number) == await visit.house.never(visit, "opening", opening)
    return told


async def opening(visit: Visit) -> str:
    return whole(await visit.command("edit {n}"), visit.number)


async def by_saving(visit: Visit) -> str:
    """What is said of a form about it that was opened there, whatever number stands in that."""
    answer = await saved(visit)
    if not answer:
        return SEES
    told = judged(visit.number, ("Saved: ",), answer)
    if told == NO_TASK:
        never = await visit.house.never(visit, "saving", saved)
        assert answer.replace(f"#{visit.number}", f"#{NEVER_WAS}") == never
    return told


async def saved(visit: Visit) -> str:
    """Send off a form about the latest version, with a title; empty when all is so already."""
    seen = task(number=visit.number, version=LATEST, title="In sight", assignee_id=visit.holder)
    content = edit_task(seen, reader(), Opened(channel_id=visit.channel.id))
    form = visit.person.workspace.new_view(content)
    visit.person.views[:] = [form]
    answer = await visit.person.submit(form)
    assert (answer.status, answer.errors) == (200, {})
    return words_of(form, visit.person) if answer.body else ""


def by_home(action_id: str, said: Sequence[str]) -> Surface:
    """What a click in a Home says of it, whatever number stands behind that button."""

    async def ask(visit: Visit) -> str:
        answer = await pressed(visit)
        told = judged(visit.number, said, answer)
        if told == NO_TASK:
            never = await visit.house.never(visit, f"home {action_id}", pressed)
            assert answer.replace(f"#{visit.number}", f"#{NEVER_WAS}") == never
        return told

    async def pressed(visit: Visit) -> str:
        person = visit.person
        before = person.home.versions if person.home else 0
        rows = {"type": "home", "blocks": [button_row("home", visit.number, action_id)]}
        click = await person.click(action_id, on=person.workspace.new_view(rows))
        assert (click.status, click.body) == (200, "")
        await visit.house.slack.until(
            lambda: person.home and person.home.versions > before, why="an answer in the Home"
        )
        return top_of(person)

    return ask


def top_of(person: Person) -> str:
    """What was just said to somebody in their Home, below its buttons."""
    assert person.home is not None
    _, _, top, *_ = person.home.blocks
    return words_of(replace(person.home, content={"blocks": [top]}), person)


SURFACES: dict[str, Surface] = {
    "list": by_list,
    "find": by_find,
    **{line: by_line(line, said) for line, said in TYPED.items()},
    **{f"button {action_id}": by_click(action_id, said) for action_id, said in CLICKED.items()},
    "form opened": by_opening,
    "form saved": by_saving,
    "undo": by_undo,
}

# A click in a Home comes from no channel, so what is "there" for it is nowhere. Who may not act has
# none, nor has one of whom Slack tells us nothing, or of a workspace whose token is not at hand.
IN_HOME: dict[str, Surface] = {"home task_restore": by_home("task_restore", TYPED["restore {n}"])}
WITHOUT_HOME = {"unknown person", FOREIGN, "outsider", "bot", "deactivated"}


@pytest.mark.usefixtures("untraced")
async def test_everybody_sees_and_changes_what_the_table_says(
    slack: Slack, team: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, foreign = tmp_path / "taskbot.db", other_workspace(slack)
    async with running_bot(slack, path, capsys, token=foreign.bot_token) as bot:
        await until_known(bot, len(foreign.people))
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(foreign.people) + len(team.people))
        house = await House.build(bot, slack, team, foreign)
        rows = [*table(WHO_SEES)]
        assert [row[0] for row in rows if row[0] not in PEOPLE] == [FOREIGN]
        # All at once: most of the time goes into waiting for the disk.
        found = await asyncio.gather(*(house.row(row) for row, *_ in rows))
        homes = {row: await house.in_home(row) for row in {*PEOPLE} - WITHOUT_HOME}
    assert found == rows
    assert homes == {row: house.theirs(row) for row in homes}


def table(text: str) -> Iterator[list[str]]:
    """The rows of a table, below its headings."""
    for line in text.split("\n\n", 1)[1].splitlines():
        yield re.split(r"\s{2,}", line.strip())


@dataclass(frozen=True)
class House:
    """A workspace with everybody and every kind of channel of the table, and its tasks."""

    slack: Slack
    team: Workspace
    foreigner: Person
    """Of another workspace that has Taskbot, in channels of the same ids."""
    numbers: dict[tuple[str, bool], int] = field(default_factory=dict)
    """The task in each kind of channel, of full members or of guests."""
    nevers: dict[tuple[Person, str], str] = field(default_factory=dict)
    """What each person is told about a number that never was, asked once on each surface."""

    @classmethod
    async def build(
        cls, bot: RunningBot, slack: Slack, team: Workspace, foreign: Workspace
    ) -> "House":
        slack.faults.add(Fault.error("internal_error", method="users.info"))
        for name, (user_id, role, _) in PEOPLE.items():
            person = team.add_person(user_id, name=name.replace(" ", "-"), role=role)
            if name != "unknown person":
                await team.user_change(person)
        house = cls(slack, team, foreign.people["U01"])
        for name, (channel_id, kind, bot_in) in CHANNELS.items():
            ids = [user_id for user_id, _, is_in in PEOPLE.values() if is_in]
            team.add_channel(
                channel_id, name=name, kind=kind, members=ids, bot_in=bot_in, shared=True
            )
            foreign.add_channel(channel_id, name=name, kind=kind, members=[house.foreigner])
        await house.move_in(bot)
        return house

    async def move_in(self, bot: RunningBot) -> None:
        """Have tasks made in each channel, and their makers leave."""
        for maker, holder in MAKERS.items():
            for place, (channel_id, _, _) in CHANNELS.items():
                line = f"/task add In {place} <@{PEOPLE[holder][0]}> !quiet"
                answer = await self.person(maker).command(line, channel=channel_id)
                self.numbers[place, is_of_guests(maker)] = added(answer)
        await eventually(lambda: bot.rows(LISTED) == [("C12",)])
        for maker, (channel_id, _, _) in product(MAKERS, CHANNELS.values()):
            await self.team.channels[channel_id].remove(self.person(maker))

    def person(self, row: str) -> Person:
        return self.foreigner if row == FOREIGN else self.team.people[PEOPLE[row][0]]

    def elsewhere(self, person: Person) -> Channel:
        """Another public channel, where everybody can ask."""
        return person.workspace.channels["C01"]

    async def row(self, row: str) -> list[str]:
        """What one of the people is told of each task, from each place, in one word."""
        cells = [await self.cell(row, place, where) for place in CHANNELS for where in WHERE]
        return [row, *cells]

    async def cell(self, row: str, place: str, where: str) -> str:
        """What all surfaces say, which is one and the same."""
        person = self.person(row)
        home = person.workspace.channels[CHANNELS[place][0]]
        channel = home if where == "there" else self.elsewhere(person)
        if where == "there" and not home.open_to(person):
            return NOT_THERE
        number = self.numbers[place, is_of_guests(row)]
        holder = PEOPLE["guest who holds" if is_of_guests(row) else "assignee outside"][0]
        visit = Visit(self, person, channel, number, holder, home)
        surfaces = {**SURFACES, **(IN_HOME if where != "there" and row not in WITHOUT_HOME else {})}
        told = {name: await surface(visit) for name, surface in surfaces.items()}
        return told["show {n}"] if len(set(told.values())) == 1 else json.dumps(told)

    async def in_home(self, row: str) -> set[int]:
        """The tasks in somebody's Home, which they open now."""
        person = self.person(row)
        before = person.home.versions if person.home else 0
        await person.open_home()
        await self.slack.until(
            lambda: person.home and person.home.versions > before, why="the Home"
        )
        assert person.home is not None
        return {
            int(number) for number in re.findall(r"#(\d+) In ", json.dumps(person.home.content))
        }

    def theirs(self, row: str) -> set[int]:
        """The tasks that somebody made or holds: wherever they were typed, and no others."""
        if row not in {*MAKERS, *MAKERS.values()}:
            return set()
        return {self.numbers[place, is_of_guests(row)] for place in CHANNELS}

    async def never(self, visit: Visit, name: str, ask: Surface) -> str:
        """What a surface says of a number that never was."""
        key = (visit.person, name)
        if key not in self.nevers:
            self.nevers[key] = await ask(visit.of_never())
        return self.nevers[key]


LISTED = "SELECT DISTINCT channel_id FROM channel_members WHERE team_id = 'T01'"


def is_of_guests(row: str) -> bool:
    """Whether it is the guests' tasks that somebody made or holds."""
    return row.startswith("guest who")


def old_button(
    team: Workspace, channel: Channel, number: int, action_id: str = "task_done"
) -> Message:
    """A message with a button or a menu, as an old answer of ours has one."""
    row = button_row("words", number, action_id)
    return team.bot_message(channel.id, "An old list", blocks=[row])


def button_row(surface: str, number: int, action_id: str) -> dict[str, Any]:
    """A button or a menu as it stands on a surface."""
    label = {"type": "plain_text", "text": "Press"}
    pressed: dict[str, Any] = {"type": "button", "text": label, "value": str(number)}
    if action_id == "task_menu":
        option = {"text": label, "value": f"delete {number}"}
        pressed = {"type": "overflow", "options": [option]}
    return {
        "type": "actions",
        "block_id": f"{surface}|{number}|||",
        "elements": [pressed | {"action_id": action_id}],
    }


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


def other_workspace(slack: Slack) -> Workspace:
    """A second workspace, in which the same ids stand for other people and channels."""
    workspace = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    workspace.add_person("U01", name="mo", role="admin")
    workspace.add_person("U02", name="tea")
    workspace.add_person("U77", name="ann", role="admin")
    workspace.add_channel("C01", name="dev")
    workspace.add_channel("C02", name="open", kind="public")
    workspace.add_channel("C77", name="plaza", kind="public")
    return workspace


@pytest.fixture
def other(slack: Slack) -> Workspace:
    return other_workspace(slack)


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
        theirs = [added(await maya.command("/task add Ours", channel="C01"))]
        refused = await mo.command("/task show 1", channel="C01")
        assert "not installed in this workspace" in refused.text
    async with running_bot(slack, path, capsys, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) + len(other.people))
        await nothing_is_told(slack, mo, theirs)
        mine = [added(await mo.command("/task add Theirs", channel="C01")) for _ in range(2)]
        await nothing_is_told(slack, maya, sorted({*mine} - {*theirs}))
        assert "#1 Ours" in (await maya.command("/task show 1", channel="C01")).text
        assert "#1 Theirs" in (await mo.command("/task show 1", channel="C01")).text
        assert "Theirs" not in json.dumps(
            (await maya.command("/task list all", channel="C01")).body
        )
        assert (theirs, mine) == ([1], [1, 2])
        events = "SELECT team_id, count(*) FROM task_events GROUP BY 1 ORDER BY 1"
        assert bot.rows(events) == [("T01", 1), ("T02", 2)]


async def nothing_is_told(slack: Slack, person: Person, numbers: list[int]) -> None:
    """Try every surface on numbers of the other workspace."""
    channel = person.workspace.channels["C01"]
    house = House(slack, person.workspace, person)
    for number in numbers:
        visit = Visit(house, person, channel, number, "U02", channel)
        assert {await surface(visit) for surface in SURFACES.values()} == {NO_TASK}


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


async def test_nothing_is_told_to_people_of_one_workspace_that_is_meant_for_another(
    slack: Slack,
    team: Workspace,
    other: Workspace,
    maya: Person,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, mo = tmp_path / "taskbot.db", other.people["U01"]
    assert mo.id == maya.id
    async with running_bot(slack, path, capsys, token="xoxb-T02") as bot:
        await until_known(bot, len(other.people))
        await mo.command("/task add Theirs @mo !quiet", channel="C01")
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(other.people) + len(team.people))
        rows = {"type": "home", "blocks": [button_row("home", 1, "task_restore")]}
        await mo.click("task_restore", on=other.new_view(rows))
        await mo.open_home()
        await mo.shortcut("new_task")
        row = button_row("words", 99, "task_done")
        form = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": [row]}
        await mo.click("task_done", on=other.new_view(form))
    # What is told after the answer is through when the bot has stopped.
    assert maya.home is None
    assert team.dm(maya).messages == []
    assert [call.method for call in slack.calls if call.method.startswith("views.")] == []


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
