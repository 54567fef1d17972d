"""Everything that people and Slack can ask for, each ready to be asked: one row a listener."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.drawing import ids
from bot.reading.verbs import BARE
from playground import Channel, Exchange, Person, payloads
from playground.courier import deliver
from playground.messages import Message, View
from playground.shapes import user_shape
from tests.bot_process import rows
from tests.conftest import eventually
from tests.proof.stage import Stage

PATIENCE = 20.0
ON_A_PAGE = 10
IN_A_HOME = 40

Ask = Callable[[], Awaitable[Exchange]]
"""Asks for it, once."""

# What a request may change, by what it is about.
TASKS = "SELECT count(*), sum(version), (SELECT count(*) FROM task_events) FROM tasks"
SETTINGS = "SELECT * FROM settings"
FEEDBACK = "SELECT count(*) FROM feedback"
PEOPLE = "SELECT user_id, name FROM people WHERE user_id LIKE 'UE%'"
BOT_IN = "SELECT channel_id FROM channels WHERE has_bot AND channel_id LIKE 'CE%'"
HOMES = "SELECT user_id, opened_at, page FROM homes"
NOTHING = TASKS
"""Of what only looks: it changes no task."""


@dataclass
class Scene:
    """Four people with a screen each, and channels in turn: a post in a channel takes a second."""

    stage: Stage
    turn: Callable[[], int] = field(default_factory=lambda: count().__next__)
    stranger: Person | None = None
    """Who types instead, where nobody knows them: Slack is asked about them."""

    @property
    def person(self) -> Person:
        """Who does most of it."""
        return self.stage.people[0]

    @property
    def channel(self) -> Channel:
        """The next channel."""
        return self.stage.channels[self.turn() % len(self.stage.channels)]

    async def says(self, text: str, by: Person | None = None) -> Exchange:
        """Type a command."""
        return await (by or self.person).command(f"/task {text}", channel=self.channel)

    async def task(self, *then: str) -> int:
        """A new task without a card, to which these verbs are done."""
        said = await self.says("add Thing !quiet")
        number = int(said.text.removeprefix("Added #").split()[0])
        for verb in then:
            await self.says(f"{verb} {number}")
        return number

    async def card(self) -> Message:
        """The card of a new task."""
        channel = self.channel
        before = len(channel.messages)
        await self.person.command("/task add Thing", channel=channel)
        await self.until(lambda: len(channel.messages) > before, "a card")
        return channel.messages[-1]

    async def home(self, person: Person, tasks: int = 0) -> View:
        """Somebody's Home, with that many tasks in it."""
        open_ = "SELECT count(*) FROM tasks WHERE creator_id = ? AND status = 'todo'"
        while self.rows(open_, person.id)[0][0] < tasks:
            await self.says("add Thing !quiet", by=person)
        await self.until_told()
        before = person.home.versions if person.home else 0
        await person.open_home()
        await self.until(lambda: person.home and person.home.versions > before, "Home")
        assert person.home
        return person.home

    async def form(self) -> View:
        """The form that was opened last."""
        await self.until(lambda: self.person.modal, "a form")
        assert self.person.modal
        return self.person.modal

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so in Slack."""
        await self.stage.slack.until(condition, PATIENCE, what)

    async def until_told(self) -> None:
        """Wait until Slack was told all that the database wants told."""
        waiting = "SELECT count(*) FROM notices WHERE told < wanted OR lease_until IS NOT NULL"
        await eventually(lambda: self.rows(waiting) == [(0,)], PATIENCE)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says."""
        return rows(self.stage.path, query, *values)

    async def survey_is_due(self) -> None:
        """Have the person be somebody who finished five tasks and met no fault of ours."""
        while not self.rows(
            "SELECT 1 FROM surveys WHERE user_id = ? AND due_by > ''", self.person.id
        ):
            await self.task("done")
        again = "UPDATE surveys SET offered_by = NULL, offered_at = NULL, failed_at = NULL"
        with closing(sqlite3.connect(self.stage.path)) as connection, connection:
            connection.execute(again)


@dataclass(frozen=True)
class Asked:
    """What is asked for, how it is made ready, and what it may change."""

    name: str
    ready: Callable[[Scene], Awaitable[Ask]]
    about: str
    changes: bool
    by_stranger: bool = False
    """Whether somebody whom nobody knows may ask for it as well."""


# What is typed.


def _typed(name: str, line: str, *before: str, changes: bool = True, about: str = TASKS) -> Asked:
    """A command, with the number of a task to which `before` was done."""

    async def ready(scene: Scene) -> Ask:
        number = await scene.task(*before) if "{}" in line else 0
        if name == "undo":
            await scene.says("add Thing !quiet", by=scene.stranger)
        who, channel = scene.stranger or scene.person, scene.channel
        if scene.stranger:
            at = scene.turn()
            channel = scene.stage.team.add_channel(f"CN{at}", name=f"new{at}")
        typed = f"/task {line.format(number)}".strip()
        return lambda: who.command(typed, channel=channel)

    return Asked(f"/task {name}".strip(), ready, about, changes, by_stranger=True)


def _offered(line: str, *, changes: bool) -> Asked:
    """A command whose answer offers the survey."""

    async def ready(scene: Scene) -> Ask:
        await scene.survey_is_due()
        return lambda: scene.says(line)

    return Asked(f"/task {line}, offering the survey", ready, TASKS, changes)


async def _restorable(scene: Scene) -> Ask:
    number = await _deleted(scene)
    return lambda: scene.says(f"restore {number}")


async def _deleted(scene: Scene) -> int:
    number = await scene.task()
    question = await scene.says(f"delete {number}")
    await scene.person.click(on=question, text=f"Delete #{number}")
    return number


COMMANDS: Mapping[str, tuple[Asked, ...]] = {
    BARE: (_typed("", "", changes=False),),
    "add": (_typed("add", "add Thing"), _offered("add Thing !quiet", changes=True)),
    "list": (_typed("list", "list all", changes=False), _offered("list", changes=False)),
    "show": (_typed("show", "show {}", changes=False),),
    "done": (_typed("done", "done {}"),),
    "start": (_typed("start", "start {}"),),
    "reopen": (_typed("reopen", "reopen {}", "done"),),
    "assign": (_typed("assign", "assign {} @person2"),),
    "due": (_typed("due", "due {} tomorrow"),),
    "priority": (_typed("priority", "priority {} high"),),
    "edit": (
        _typed("edit", "edit {} Another"),
        _typed("edit, a form", "edit {}", changes=False),
    ),
    "note": (_typed("note", "note {} Another line"),),
    "delete": (_typed("delete", "delete {}", changes=False),),
    "restore": (Asked("/task restore", _restorable, TASKS, changes=True),),
    "history": (_typed("history", "history {}", changes=False),),
    "undo": (_typed("undo", "undo"),),
    "settings": (_typed("settings", "settings", changes=False),),
    "stats": (_typed("stats", "stats", changes=False),),
    "feedback": (_typed("feedback", "feedback", changes=False),),
    "help": (_typed("help", "help", changes=False),),
}


# What is pressed.


def _pressed(action_id: str, line: str, *before: str, changes: bool = True) -> Asked:
    """A button in the answer to a command."""

    async def ready(scene: Scene) -> Ask:
        number = await scene.task(*before) if "{}" in line else 0
        answer = await scene.says(line.format(number))
        return lambda: scene.person.click(action_id, on=answer)

    return Asked(f"{action_id} after /task {line}", ready, TASKS, changes)


def _on_card(action_id: str, option: str = "", *, changes: bool = True) -> Asked:
    """A button or an option of a card."""

    async def ready(scene: Scene) -> Ask:
        card = await scene.card()
        await scene.until_told()
        number = card.text.removeprefix("#").split()[0]
        value = f"{option} {number}" if option else number
        return lambda: scene.person.click(action_id, on=card, value=value)

    return Asked(f"{action_id} {option} on a card", ready, TASKS, changes)


def _in_home(action_id: str, at: int, tasks: int = 0, *, changes: bool = False) -> Asked:
    """A button of somebody's Home. Which page one looks at there is nothing that people save."""

    async def ready(scene: Scene) -> Ask:
        person = scene.stage.people[at]
        home = await scene.home(person, tasks)
        if action_id == ids.HOME_PREVIOUS:
            before = home.versions
            await person.click(ids.HOME_MORE, on=home)
            await scene.until(lambda: home.versions > before, "a page")
        await scene.until_told()
        return lambda: person.click(action_id, on=home)

    return Asked(f"{action_id} in Home", ready, TASKS, changes)


async def _restore(scene: Scene) -> Ask:
    shown = await scene.says(f"show {await _deleted(scene)}")
    return lambda: scene.person.click(ids.RESTORE, on=shown)


async def _more(scene: Scene) -> Exchange:
    open_ = "SELECT count(*) FROM tasks WHERE status <> 'done' AND deleted_at IS NULL"
    while scene.rows(open_)[0][0] <= ON_A_PAGE:
        await scene.task()
    return await scene.says("list all")


async def _turn(scene: Scene) -> Ask:
    listed = await _more(scene)
    return lambda: scene.person.click(ids.MORE, on=listed)


async def _turn_back(scene: Scene) -> Ask:
    listed = await _more(scene)
    shown = listed.latest()
    before = shown.edits
    await scene.person.click(ids.MORE, on=listed)
    await scene.until(lambda: shown.edits > before, "a page")
    return lambda: scene.person.click(ids.PREVIOUS, on=listed)


async def _answer_questions(scene: Scene) -> Ask:
    await scene.survey_is_due()
    offered = await scene.says("list")
    return lambda: scene.person.click(ids.FEEDBACK, on=offered)


ACTIONS: Mapping[str, tuple[Asked, ...]] = {
    ids.DONE: (
        _on_card(ids.DONE),
        _pressed(ids.DONE, "show {}"),
        _in_home(ids.DONE, 3, 1, changes=True),
    ),
    ids.START: (_pressed(ids.START, "show {}"),),
    ids.REOPEN: (_pressed(ids.REOPEN, "show {}", "done"),),
    ids.MENU: (
        _on_card(ids.MENU, ids.TAKE_OPTION),
        _on_card(ids.MENU, ids.EDIT_OPTION, changes=False),
        _on_card(ids.MENU, ids.DELETE_OPTION, changes=False),
    ),
    ids.DELETE: (_pressed(ids.DELETE, "delete {}"),),
    ids.KEEP: (_pressed(ids.KEEP, "delete {}", changes=False),),
    ids.RESTORE: (Asked("task_restore after /task show", _restore, TASKS, changes=True),),
    ids.UNDO: (_pressed(ids.UNDO, "add Thing !quiet"),),
    ids.ADD_TEXT: (_pressed(ids.ADD_TEXT, "wash the car"),),
    ids.PREVIOUS: (Asked("list_previous", _turn_back, NOTHING, changes=False),),
    ids.MORE: (Asked("list_more", _turn, NOTHING, changes=False),),
    ids.HOME_PREVIOUS: (_in_home(ids.HOME_PREVIOUS, 1, IN_A_HOME),),
    ids.HOME_MORE: (_in_home(ids.HOME_MORE, 1, IN_A_HOME),),
    ids.POST_LIST: (_pressed(ids.POST_LIST, "list all", changes=False),),
    ids.POST_STATS: (_pressed(ids.POST_STATS, "stats", changes=False),),
    ids.POST_TASK: (_pressed(ids.POST_TASK, "show {}", changes=False),),
    ids.EDIT: (_pressed(ids.EDIT, "add Thing !quiet", changes=False),),
    ids.NEW: (_in_home(ids.NEW, 3),),
    ids.SETTINGS: (_in_home(ids.SETTINGS, 3),),
    ids.FEEDBACK: (
        Asked(f"{ids.FEEDBACK} below an answer", _answer_questions, FEEDBACK, changes=False),
        _in_home(ids.FEEDBACK, 3),
    ),
}


# Forms, and where they are opened.


async def _new_form(scene: Scene) -> Ask:
    await scene.person.shortcut(ids.NEW_TASK)
    form = await scene.form()
    return lambda: scene.person.submit(form, {ids.Field.TITLE: "Thing"})


async def _edit_form(scene: Scene) -> Ask:
    await scene.says(f"edit {await scene.task()}")
    form = await scene.form()
    return lambda: scene.person.submit(form, {ids.Field.TITLE: "Another"})


async def _settings_form(scene: Scene) -> Ask:
    await scene.says("settings")
    form = await scene.form()
    # One that nobody has: to save what is saved already would change nothing.
    taken = {hour for (hour,) in scene.rows("SELECT hour FROM settings")}
    hour = min(set(range(24)) - taken)
    return lambda: scene.person.submit(form, {ids.Setting.HOUR: str(hour)})


async def _feedback_form(scene: Scene) -> Ask:
    await scene.says("feedback")
    form = await scene.form()
    return lambda: scene.person.submit(form, {ids.Question.MISSING: "Sub-tasks"})


async def _message_shortcut(scene: Scene) -> Ask:
    written = scene.person.says("Fix the login page", channel=scene.channel)
    return lambda: scene.person.message_shortcut(ids.MAKE_TASK, written)


async def _shortcut(scene: Scene) -> Ask:
    return lambda: scene.person.shortcut(ids.NEW_TASK)


VIEWS: Mapping[str, tuple[Asked, ...]] = {
    ids.NEW_FORM: (Asked(ids.NEW_FORM, _new_form, TASKS, changes=True),),
    ids.EDIT_FORM: (Asked(ids.EDIT_FORM, _edit_form, TASKS, changes=True),),
    ids.SETTINGS_FORM: (Asked(ids.SETTINGS_FORM, _settings_form, SETTINGS, changes=True),),
    ids.FEEDBACK_FORM: (Asked(ids.FEEDBACK_FORM, _feedback_form, FEEDBACK, changes=True),),
}

SHORTCUTS: Mapping[str, tuple[Asked, ...]] = {
    ids.MAKE_TASK: (Asked(ids.MAKE_TASK, _message_shortcut, NOTHING, changes=False),),
    ids.NEW_TASK: (Asked(ids.NEW_TASK, _shortcut, NOTHING, changes=False),),
}


# What Slack tells of.


async def _home_opened(scene: Scene) -> Ask:
    return scene.stage.people[3].open_home


def _person(event: str) -> Asked:
    async def ready(scene: Scene) -> Ask:
        team, at = scene.stage.team, scene.turn()
        somebody = team.add_person(f"UE{at}", name=f"{event}{at}")
        shape = {"type": event, "user": user_shape(somebody, scene.stage.slack.clock())}
        del team.people[somebody.id]
        return lambda: deliver(team.state, payloads.event(team, shape))

    return Asked(event, ready, PEOPLE, changes=True)


def _channel(event: str, *, comes: bool = False) -> Asked:
    async def ready(scene: Scene) -> Ask:
        team, at = scene.stage.team, scene.turn()
        channel = team.add_channel(f"CE{at}", name=f"place{at}", bot_in=not comes)
        place = {"channel": channel.id}
        bot = place | {"user": team.bot_user_id}
        if comes:
            # Of a channel that nobody has used yet the bot asks Slack, when somebody does.
            await scene.person.command("/task list", channel=channel)
            channel.members.append(team.bot_user_id)
        else:
            came = {"type": "member_joined_channel", **bot}
            await deliver(team.state, payloads.event(team, came))
            await scene.until(lambda: _members_asked(scene, channel), "its members")
            channel.members.remove(team.bot_user_id)
        told = {"type": event, **(bot if event.startswith("member") else place)}
        return lambda: deliver(team.state, payloads.event(team, told))

    return Asked(event, ready, BOT_IN, changes=True)


def _members_asked(scene: Scene, channel: Channel) -> bool:
    """Whether the bot has asked Slack about a channel into which it came."""
    calls = scene.stage.slack.calls
    asked = any(call.channel == channel.id and call.outcome == "ok" for call in calls)
    return asked and (channel.id,) in scene.rows(BOT_IN)


EVENTS: Mapping[str, tuple[Asked, ...]] = {
    "app_home_opened": (Asked("app_home_opened", _home_opened, HOMES, changes=True),),
    "team_join": (_person("team_join"),),
    "user_change": (_person("user_change"),),
    "member_joined_channel": (_channel("member_joined_channel", comes=True),),
    "member_left_channel": (_channel("member_left_channel"),),
    "channel_left": (_channel("channel_left"),),
    "group_left": (_channel("group_left"),),
}

ROWS = (COMMANDS, ACTIONS, VIEWS, SHORTCUTS, EVENTS)


def everything() -> list[Asked]:
    """All of it."""
    return [asked for table in ROWS for several in table.values() for asked in several]
