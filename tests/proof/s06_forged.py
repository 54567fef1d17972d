"""S6: clicks, forms, shortcuts and commands that name what belongs to two other workspaces."""

import asyncio
import itertools
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from bot.app import ACTIONS, COMMANDS, SHORTCUTS, VIEWS
from bot.drawing import forms, ids
from bot.drawing.ids import Field, Surface
from bot.reading.opened import Opened
from playground import Channel, Exchange, Person, Workspace, payloads
from playground.controls import find
from playground.courier import deliver
from playground.exchange import Interaction
from playground.forms import filled
from playground.messages import JSON
from playground.state import ApiCall
from store import Channel as KnownChannel
from store import (
    ChannelKind,
    Database,
    Installation,
    People,
    Role,
    Settings,
    TaskStore,
    utc_now,
)
from store import Person as KnownPerson
from store.tables import surveys
from tests.bot_process import ROOT, BotProcess, bot_process, rows
from tests.conftest import lay_schema
from tests.factories import new, origin, reader, task
from tests.proof.figures import Figure, Size
from tests.proof.stage import TEAM, Stage, stage
from tests.proof.watch import Log

FAULT = "forged ids in value, private_metadata, block_id, view of two other workspaces"
CANARY = "Kestrel"
TEAMS = {TEAM: 410_000, "T02": 420_000, "T03": 430_000}
"""Every workspace, with the number after which its tasks begin: none of them has another's."""
OTHERS = {
    r'"trigger_id": "[^"]*"': "<trigger>",
    r"\bV0\d{7}\b": "<own view>",
    r"\b4[123]0\d{3}\b": "<own>",
    r"\b\d\d:\d\d\b": "<time>",
}
HOSTILE = (TEAM, "T02")
"""Whence the requests come: where the bot's own token is from, and where it is not."""
USER, PLACE = "U01", "C01"
"""The same in each of them, where they stand for others: whoever forgets the workspace errs."""
TS = "1700000000"
QUIET_SECONDS = 0.3
STRANGER = "Tasks here belong to another organisation."
ASKED = ("users.info", "conversations.info", "chat.postMessage")
"""What the bot calls for its own ends, now or never as it knows somebody already or not."""
TABLES = (
    *("tasks", "task_events", "people", "channels", "settings", "mornings", "notices", "homes"),
    *("surveys", "feedback"),
)
EVERY = 7
"""Of the forgeries the cut takes one in so many, beginning with the first."""


class Wanted(StrEnum):
    """What is to come of a request."""

    REFUSED = "refused"
    """In words that are the same, to the byte, for what never was."""
    SAME = "same"
    """It names no task: whatever it does is the same, to the byte, for what never was."""
    STRANGER = "stranger"
    """Refused as somebody of another organisation."""
    OWN = "own"
    """It may do something in its own workspace."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a request names of a workspace."""

    team: str
    number: int
    user: str
    channel: str
    view: str
    ts: str

    def without(self, text: str) -> str:
        """A text with names for all of it, and for other tasks, views and times."""
        for name, it in vars(self).items():
            text = text.replace(str(it), f"<{name}>")
        for shape, name in OTHERS.items():
            text = re.sub(shape, name, text)
        return text


NEVER = Named(
    team="T99NEVER",
    number=490_900,
    user="U99NEVER",
    channel="C99NEVER",
    view="V99NEVER",
    ts=f"{TS}.490900",
)


@dataclass(frozen=True)
class Forger:
    """Somebody hostile, where they may act."""

    played: Stage
    person: Person

    @property
    def team(self) -> Workspace:
        return self.person.workspace

    @property
    def channel(self) -> Channel:
        return self.team.channels[PLACE]


Build = Callable[[Forger, Named], Interaction]


@dataclass(frozen=True)
class Forgery:
    """A request, and what is wanted of it."""

    build: Build
    wanted: Wanted


@dataclass
class Found:
    """What came of all of them."""

    sent: int = 0
    to_be_refused: int = 0
    not_refused: list[str] = field(default_factory=list)
    not_the_same: list[str] = field(default_factory=list)
    not_logged: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


# What is forged


def forgeries(size: Size) -> Iterator[Forgery]:
    """Everything that people can send, with ids of another workspace wherever ids stand."""
    yield from map(_command, COMMANDS)
    surfaces = list(Surface) if size is Size.FULL else [Surface.CARD]
    for action_id, surface in itertools.product(ACTIONS, surfaces):
        yield from _clicks(action_id, surface)
    for action_id in ACTIONS:
        yield from _view_clicks(action_id)
    for callback_id in VIEWS:
        yield from _forms(callback_id)
    yield from _shortcuts()
    for action_id in ("task_done", "task_menu"):
        yield Forgery(_odd_click(action_id), Wanted.REFUSED)


_TYPED: Mapping[str, str] = {
    "add": "Look there !quiet",
    "list": "all open done <@{user}>",
    "show": "{number}",
    "done": "{number}",
    "start": "{number}",
    "reopen": "{number}",
    "assign": "{number} <@{user}>",
    "due": "{number} 2090-01-02",
    "priority": "{number} high",
    "edit": "{number} Mine now",
    "note": "{number} Mine now",
    "delete": "{number}",
    "restore": "{number}",
    "history": "{number}",
    "feedback": "",
}
"""What follows on each verb; the others take nothing that is an id."""


def _command(verb: str) -> Forgery:
    rest = _TYPED.get(verb, "")

    def build(forger: Forger, named: Named) -> Interaction:
        text = f"{verb if verb in _TYPED else ''} {rest.format(**vars(named))}".strip()
        return payloads.command(forger.person, forger.channel, command="/task", text=text)

    wanted = Wanted.REFUSED if rest.startswith("{number}") else Wanted.SAME
    return Forgery(build, Wanted.OWN if verb in ("add", "undo") else wanted)


_NAMES_NO_TASK = {
    **dict.fromkeys([ids.KEEP, ids.NEW, ids.SETTINGS, ids.FEEDBACK], Wanted.SAME),
    **dict.fromkeys([ids.PREVIOUS, ids.MORE, ids.POST_LIST, ids.POST_STATS], Wanted.SAME),
    **dict.fromkeys([ids.HOME_PREVIOUS, ids.HOME_MORE], Wanted.SAME),
    ids.ADD_TEXT: Wanted.OWN,
}
"""What does not touch the task whose number stands in it."""


def _acts(action_id: str, surface: Surface, named: Named) -> list[JSON]:
    """The ways to press it: as many as it has options."""
    block_id = f"{surface}|{named.number}.1||{named.user}|all <@{named.user}>"
    act: JSON = {"type": "button", "action_id": action_id, "block_id": block_id}
    if action_id == ids.MENU:
        words = (ids.TAKE_OPTION, ids.DELETE_OPTION, ids.EDIT_OPTION)
        options = [{"value": ids.option(word, named.number)} for word in words]
        return [act | {"type": "overflow", "selected_option": one} for one in options]
    if action_id in (ids.PREVIOUS, ids.MORE):
        return [act | {"value": f">1.{named.number}"}]
    return [act | {"value": "Look there" if action_id == ids.ADD_TEXT else str(named.number)}]


def _clicks(action_id: str, surface: Surface) -> Iterator[Forgery]:
    """On messages: of ours, and of another workspace's by its channel and time stamp."""
    wanted = _NAMES_NO_TASK.get(action_id, Wanted.REFUSED)
    for at in range(len(_acts(action_id, surface, NEVER))):

        def build(forger: Forger, named: Named, at: int = at) -> Interaction:
            return _pressed(forger, _acts(action_id, surface, named)[at])

        def elsewhere(forger: Forger, named: Named, at: int = at) -> Interaction:
            there = {"message_ts": named.ts, "channel_id": named.channel, "type": "message"}
            click = _pressed(forger, _acts(action_id, surface, named)[at])
            return _changed(click, container=there, channel={"id": named.channel, "name": "x"})

        yield Forgery(build, wanted)
        yield Forgery(elsewhere, wanted)


def _pressed(forger: Forger, act: JSON) -> Interaction:
    on = forger.team.bot_message(PLACE, "An old card", blocks=[_button()])
    some = find(on, action_id="some", value=None, text=None)
    return _changed(payloads.message_action(forger.person, forger.channel, on, some), actions=[act])


def _odd_click(action_id: str) -> Build:
    """An id that is made of an action and a number."""

    def build(forger: Forger, named: Named) -> Interaction:
        (act, *_) = _acts(action_id, Surface.CARD, named)
        return _pressed(forger, act | {"action_id": f"{action_id}|{named.number}"})

    return build


def _button() -> JSON:
    label = {"type": "plain_text", "text": "Press"}
    return {
        "type": "actions",
        "block_id": "some",
        "elements": [{"type": "button", "action_id": "some", "text": label, "value": "1"}],
    }


def _view_clicks(action_id: str) -> Iterator[Forgery]:
    """In a form and in a Home: in one's own, in one with another's id, and in another's."""
    wanted = _NAMES_NO_TASK.get(action_id, Wanted.REFUSED)
    for kind in ("modal", "home"):

        def build(forger: Forger, named: Named, kind: str = kind) -> Interaction:
            return _pressed_in(forger, named, action_id, kind)

        def same_id(forger: Forger, named: Named, kind: str = kind) -> Interaction:
            return _changed(_pressed_in(forger, named, action_id, kind), view={"id": named.view})

        def theirs(forger: Forger, named: Named, kind: str = kind) -> Interaction:
            return _changed(_pressed_in(forger, named, action_id, kind), view=_of_another(named))

        yield Forgery(build, wanted)
        yield Forgery(same_id, wanted)
        yield Forgery(theirs, Wanted.STRANGER)


def _pressed_in(forger: Forger, named: Named, action_id: str, kind: str) -> Interaction:
    title = {"title": {"type": "plain_text", "text": "Form"}} if kind == "modal" else {}
    content = {"type": kind, "private_metadata": _metadata(named), "blocks": [_button()], **title}
    view = forger.team.new_view(content)
    some = find(view, action_id="some", value=None, text=None)
    surface = Surface.HOME if kind == "home" else Surface.CARD
    (act, *_) = _acts(action_id, surface, named)
    return _changed(payloads.view_action(forger.person, view, some, {}), actions=[act])


def _of_another(named: Named) -> JSON:
    return {"id": named.view, "team_id": named.team, "app_installed_team_id": named.team}


def _metadata(named: Named) -> str:
    """As we write it, about another's task in another's channel."""
    return Opened(
        channel_id=named.channel,
        number=named.number,
        version=1,
        permalink=f"https://other.slack.com/archives/{named.channel}/p{named.ts.replace('.', '')}",
    ).write()


def _forms(callback_id: str) -> Iterator[Forgery]:
    """Sent off: with another's ids in what we wrote, in what was chosen, and as another's."""
    about_task = callback_id == ids.EDIT_FORM

    def build(forger: Forger, named: Named) -> Interaction:
        return _sent(forger, named, callback_id)

    def chosen(forger: Forger, named: Named) -> Interaction:
        state = {
            ids.field_id(Field.ASSIGNEE, 0): {Field.ASSIGNEE: {"selected_user": named.user}},
            ids.field_id(Field.CHANNEL, 0): {
                Field.CHANNEL: {"selected_conversation": named.channel}
            },
        }
        values = {ids.field_id(Field.TITLE, 0): {Field.TITLE: {"value": "Mine"}}, **state}
        return _changed(_sent(forger, named, callback_id), view={"state": {"values": values}})

    def same_id(forger: Forger, named: Named) -> Interaction:
        return _changed(_sent(forger, named, callback_id), view={"id": named.view})

    def theirs(forger: Forger, named: Named) -> Interaction:
        return _changed(_sent(forger, named, callback_id), view=_of_another(named))

    def odd(forger: Forger, named: Named) -> Interaction:
        odd_id = {"callback_id": f"{callback_id}|{named.number}"}
        return _changed(_sent(forger, named, callback_id), view=odd_id)

    yield Forgery(build, Wanted.REFUSED if about_task else Wanted.OWN)
    yield Forgery(chosen, Wanted.OWN if callback_id == ids.SETTINGS_FORM else Wanted.REFUSED)
    yield Forgery(same_id, Wanted.REFUSED if about_task else Wanted.OWN)
    yield Forgery(theirs, Wanted.STRANGER)
    yield Forgery(odd, Wanted.REFUSED)


def _sent(forger: Forger, named: Named, callback_id: str) -> Interaction:
    about = task(number=named.number, version=1, title="Mine now", team_id=forger.team.id)
    content = forms.edit_task(about, reader(), Opened(channel_id=PLACE))
    content |= {"callback_id": callback_id, "private_metadata": _metadata(named)}
    view = forger.team.new_view(content)
    return payloads.submission(forger.person, view, filled(view, {}))


def _shortcuts() -> Iterator[Forgery]:
    for callback_id in SHORTCUTS:

        def build(forger: Forger, named: Named, callback_id: str = callback_id) -> Interaction:
            message = forger.team.message(PLACE, user=named.user, text=f"<@{named.user}>")
            message.ts = named.ts
            shortcut = payloads.message_shortcut(
                forger.person, forger.channel, message, callback_id
            )
            there = {"id": named.channel, "name": "x"}
            return _changed(shortcut, channel=there, message_ts=named.ts)

        def odd(forger: Forger, named: Named, callback_id: str = callback_id) -> Interaction:
            return _changed(
                payloads.shortcut(forger.person, callback_id),
                callback_id=f"{callback_id}|{named.number}",
            )

        yield Forgery(build, Wanted.OWN)
        yield Forgery(odd, Wanted.REFUSED)


def _changed(interaction: Interaction, **parts: Any) -> Interaction:
    """With other parts in its payload; those of the view are put into the view."""
    (text,) = parse_qs(interaction.body.decode())["payload"]
    payload = json.loads(text)
    view = payload.get("view", {}) | parts.pop("view", {})
    payload |= parts | ({"view": view} if view else {})
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return replace(interaction, body=body)


# The workspaces, and what is sent


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Send them from two workspaces about the tasks of the others, each beside its twin."""
    found = Found()
    async with stage(people=1, channels=1) as played:
        played.slack.limits.enabled = False
        others = [_other(played, team) for team in TEAMS if team != TEAM]
        await _lay(played.path)
        async with bot_process(played.slack, played.path, house=house) as bot:
            await played.is_known()
            before = {team: _belongings(played.path, team) for team in TEAMS}
            for home in HOSTILE:
                workspace = played.slack.workspaces[home]
                forger = Forger(played, workspace.people[USER])
                for team in [one for one in TEAMS if one != home][: size.of(2, 1)]:
                    await _attack(forger, _named(played, team), bot, size, found)
            await bot.stopped()
            found.changed = _changes(before, played.path)
            found.leaked += _in_log(bot)
        assert others
    return _figures(found)


def _other(played: Stage, team: str) -> Workspace:
    """A workspace with the same ids for other people and channels."""
    workspace = played.slack.add_workspace(team_id=team, name="Other", bot_token=f"xoxb-{team}")
    person = workspace.add_person(USER, name="other")
    workspace.add_channel(PLACE, name="room").join(person)
    return workspace


async def _lay(path: Path) -> None:
    """Give each workspace people, channels and tasks with words of its own in them."""
    await lay_schema(path)
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    people, tasks = People(database, utc_now), TaskStore(database, lambda _: None, utc_now)
    for team, last in TEAMS.items():
        canary = f"{CANARY}-{team}"
        await people.install(Installation(team_id=team, team_name=canary, bot_user_id="UBOT"))
        with closing(sqlite3.connect(path)) as connection, connection:
            begin = "UPDATE installations SET last_number = ? WHERE team_id = ?"
            connection.execute(begin, (last, team))
        place = KnownChannel(
            team_id=team, channel_id=PLACE, name=f"{canary}-room", kind=ChannelKind.PUBLIC
        )
        await people.save_channel(place)
        for user in (USER, f"U9{team[1:]}FALK"):
            known = KnownPerson(team_id=team, user_id=user, name=canary, role=Role.MEMBER)
            await people.save([known])
            await people.save_settings(origin(user, team_id=team), Settings())
        for user, moved in ((USER, False), (f"U9{team[1:]}FALK", True)):
            asked = origin(user, team_id=team, channel=place)
            wanted = new(f"{canary} title", notes=f"{canary} notes", quiet=True)
            (made,) = await tasks.add(asked, wanted)
            if moved:
                await tasks.start(origin(user, team_id=team, channel=place), [made.number])
    # To offer it to somebody else of the same id would use it up.
    due = [{"team_id": team, "user_id": USER, "due_by": "before"} for team in TEAMS]
    untouched = [one for one in due if one["team_id"] not in HOSTILE]
    await database.write(lambda c: c.execute(surveys.insert(), untouched))
    await database.close()


def _named(played: Stage, team: str) -> list[Named]:
    """Each task that was there before, with other things of its workspace."""
    view = played.slack.workspaces[team].new_view(
        {"type": "modal", "title": {"type": "plain_text", "text": CANARY}, "blocks": [_button()]}
    )
    asked = "SELECT number FROM tasks WHERE team_id = ? AND title LIKE ? ORDER BY number"
    return [
        Named(
            team=team,
            number=number,
            user=f"U9{team[1:]}FALK",
            channel=f"C9{team[1:]}FALK",
            view=view.id,
            ts=f"{TS}.{number}",
        )
        for (number,) in rows(played.path, asked, team, f"{CANARY}%")
    ]


async def _attack(
    forger: Forger, tasks: list[Named], bot: BotProcess, size: Size, found: Found
) -> None:
    calls = len(forger.played.slack.calls)
    log = Log(bot)
    for named in tasks[:: size.of(1, len(tasks))]:
        for forgery in itertools.islice(forgeries(size), 0, None, size.of(1, EVERY)):
            await _send(forger, forgery, named, log, found)
    await _quiet(forger.played)
    _compare_what_followed(forger, tasks, forger.played.slack.calls[calls:], found)


async def _send(forger: Forger, forgery: Forgery, named: Named, log: Log, found: Found) -> None:
    """Send it, and its twin about what never was."""
    told = [await _answered(forger, forgery, one, log, found) for one in (named, NEVER)]
    theirs, nevers = (json.dumps([it.status, it.body]) for it, _ in told)
    what = f"{forgery.wanted}: {theirs[:300]}"
    found.sent += 1
    is_refused = told[0][1] == "rejected"
    if forgery.wanted in (Wanted.REFUSED, Wanted.STRANGER):
        found.to_be_refused += 1
        found.not_refused += [] if is_refused else [what]
    if forgery.wanted in (Wanted.REFUSED, Wanted.SAME):
        same = named.without(theirs) == NEVER.without(nevers)
        found.not_the_same += [] if same else [f"{what} {nevers[:300]}"]


async def _answered(
    forger: Forger, forgery: Forgery, named: Named, log: Log, found: Found
) -> tuple[Exchange, str]:
    """The answer, and the outcome that was logged; whatever is wrong with either is noted."""
    exchange = await deliver(forger.played.slack, forgery.build(forger, named))
    lines = [json.loads(line) for line in log.lines()]
    outcomes = [line["outcome"] for line in lines if line["event"] == "slack.interaction"]
    if len(outcomes) != 1 or outcomes[0] == "failed":
        found.not_logged.append(f"{outcomes} {exchange.request.body[:300]!r}")
    _look_for_words(forger.team.id, json.dumps(exchange.body), found)
    return exchange, outcomes[0] if outcomes else ""


def _look_for_words(team: str, text: str, found: Found) -> None:
    """Note words of other workspaces than this."""
    found.leaked += [text[:300] for one in TEAMS if one != team and f"{CANARY}-{one}" in text]


async def _quiet(played: Stage) -> None:
    """Wait until nothing was told to Slack for a while."""
    calls, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if len(played.slack.calls) != calls:
            calls, since = len(played.slack.calls), time.monotonic()
        await asyncio.sleep(QUIET_SECONDS / 10)


def _compare_what_followed(
    forger: Forger, tasks: list[Named], calls: list[ApiCall], found: Found
) -> None:
    """What came after the answers is the same for theirs and for what never was, too."""
    theirs: Counter[str] = Counter()
    nevers: Counter[str] = Counter()
    for call in calls:
        told = f"{call.method} {call.team_id} {json.dumps(call.args)}"
        # Slack takes each call for the workspace that its token or its address is of.
        _look_for_words(call.team_id or "", told, found)
        if call.method in ASKED or STRANGER in told:
            continue
        # A Home shows the tasks of whoever looks at it, whatever it is an answer to.
        mark = "no task #" if call.method == "views.publish" else ""
        if f"{mark}{NEVER.number}" in told:
            nevers[NEVER.without(told)] += 1
        for named in tasks:
            if f"{mark}{named.number}" in told:
                theirs[named.without(told)] += 1
    own = forger.team.id
    found.not_the_same += [f"{own}: {one}"[:600] for one in (theirs - nevers) + (nevers - theirs)]


# What came of it


def _belongings(path: Path, team: str) -> dict[str, list[Any]]:
    """Everything that is written of a workspace."""
    return {
        name: rows(path, f"SELECT * FROM {name} WHERE team_id = ? ORDER BY rowid", team)  # noqa: S608  # made here
        for name in TABLES
    }


def _changes(before: Mapping[str, Mapping[str, list[Any]]], path: Path) -> list[str]:
    """Rows that are not what they were; where the requests come from, of what is not theirs."""
    changed = []
    for team, belongings in before.items():
        now = _belongings(path, team)
        names = TABLES if team not in HOSTILE else ("tasks", "task_events", "settings")
        for name in names:
            kept = [row for row in now[name] if team not in HOSTILE or row in belongings[name]]
            if kept != belongings[name]:
                changed.append(f"{name} of {team}")
    return changed


def _in_log(bot: BotProcess) -> list[str]:
    """Lines of the log with words of anybody's."""
    return [json.dumps(line)[:300] for line in bot.lines() if CANARY in json.dumps(line)]


def _figures(found: Found) -> list[Figure]:
    wrong = [*found.not_refused, *found.not_the_same, *found.not_logged]
    bad = [*found.leaked, *found.changed]
    return [
        Figure(
            id="S6",
            fault=FAULT,
            wanted="refused and logged 100 %, byte for byte as for what never was",
            measured=f"{len(found.not_refused)} of {found.to_be_refused:,} not refused, "
            f"{len(found.not_the_same)} otherwise than what never was, "
            f"{len(found.not_logged)} not logged, of {found.sent:,}",
            reached=found.sent > 0 and not wrong,
            note="From the workspace of the bot's own token and from another, about the others. "
            f"What names no task may be answered.{_first(wrong)}",
        ),
        Figure(
            id="S6",
            fault=FAULT,
            wanted="foreign bytes 0, nothing changed",
            measured=f"{len(found.leaked)} answers, calls or log lines with any; "
            f"{len(found.changed)} changes",
            reached=not bad,
            note=_first(bad).strip(),
        ),
    ]


def _first(wrong: list[str]) -> str:
    return f" First: {wrong[0]}" if wrong else ""
