"""What is written in several places says the same in all of them."""

import ast
import dataclasses
import inspect
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from prometheus_client import generate_latest
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.app import ACTIONS, COMMANDS, EVENTS, SHORTCUTS, VIEWS
from bot.clicked import NotForEverybody
from bot.drawing import cards, directs, feedback, forms, ids, lists, settings, stats, texts
from bot.drawing.blocks import Message
from bot.drawing.examples import EXAMPLES, help_on
from bot.drawing.forms import View
from bot.drawing.home import home
from bot.errors import Errors
from bot.identity import MayNotAct, NotTheirChannel
from bot.payloads import Kind, Payload
from bot.reading import errors as reading_errors
from bot.reading.changes import (
    read_assignment,
    read_due_change,
    read_note,
    read_nothing,
    read_priority,
    read_title,
)
from bot.reading.errors import FieldsRefused, ReadingError, TooLong, UnknownVerb
from bot.reading.grammar import ReadTask, read_new_task
from bot.reading.numbers import read_number, read_numbers
from bot.reading.opened import Opened
from bot.reading.query import read_list
from bot.reading.verbs import ALIASES, BARE, VERBS, read_verb
from bot.reasons import reason_of
from bot.slack import Slack
from bot.talk import Later, NotOpened, Talk
from bot.unread import NOT_UNDERSTOOD, unread
from ops import VERSION
from ops.config import SECRETS, Config, InvalidConfig, read_config
from ops.metrics import API_METHODS, ERROR_PLACES, Metrics
from ops.workers import Worker
from playground.offer import declared
from store import (
    EDITED,
    MAY_ACT,
    UNDO_FOR,
    Answer,
    Cohort,
    Crossed,
    Cursor,
    Database,
    DayNumbers,
    Direct,
    DueDay,
    EventKind,
    FaultHour,
    Feedback,
    InUse,
    ListPage,
    ListQuery,
    Lists,
    Merged,
    NewerSchema,
    NoSuchTask,
    NothingChanged,
    NothingToUndo,
    NothingUndone,
    NotInstalled,
    NotSaved,
    Numbers,
    OlderSchema,
    Origin,
    Outcome,
    People,
    PeriodNumbers,
    Priority,
    Report,
    Role,
    Settings,
    StoreError,
    Task,
    TaskHistory,
    TaskStore,
    Unreadable,
    VerbUse,
    Verdict,
    Wanted,
    What,
    bring_up_to_date,
    utc_now,
)
from store import schema as store_schema
from store.database import FileLock
from store.tables import metadata
from tests.factories import (
    NOW,
    deleted_task,
    done_task,
    errors_total,
    event,
    home_page,
    new,
    origin,
    outcome,
    reader,
    task,
    team_stats,
)
from tests.proof.proofs import proofs

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MANIFEST = (ROOT / "manifest.yml").read_text()

IN_README = re.findall(r"`/task ?([^`…]*)`", README)

# What Slack asks for each method and event that we use; see the foot of each page under
# https://docs.slack.dev/reference/methods and https://docs.slack.dev/reference/events
SCOPES = {
    "auth.test": set[str](),
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "views.open": set[str](),
    "views.update": set[str](),
    "views.publish": set[str](),
    "app_home_opened": set[str](),
    "user_change": {"users:read"},
    "team_join": {"users:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "channel_left": {"channels:read"},
    "group_left": {"groups:read"},
}


def listed(name: str) -> set[str]:
    """The items of a list in the manifest."""
    _, _, below = MANIFEST.partition(f" {name}:\n")
    items = set()
    for line in below.splitlines():
        words = line.strip()
        if words.startswith("- "):
            items.add(words.removeprefix("- "))
        elif not words.startswith("#"):
            break
    return items


def table(*header: str) -> list[list[str]]:
    """The rows of the table in the README that has this header."""
    _, _, below = README.partition("| " + " | ".join(header) + " |\n")
    rows = below.split("\n\n")[0].splitlines()[1:]
    assert rows, header
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def in_code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def methods_called() -> set[str]:
    """Every method of Slack's that is named in the bot's code."""
    named = {
        node.value
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = "auth|chat|conversations|users|views|reactions|files|team"
    return {name for name in named if re.fullmatch(rf"({families})\.[A-Za-z.]+", name)}


def test_the_manifest_subscribes_to_the_events_that_have_a_listener() -> None:
    assert listed("bot_events") == set(EVENTS)


def test_the_manifest_asks_for_exactly_the_scopes_that_are_used() -> None:
    used = {scope for name in methods_called() | set(EVENTS) for scope in SCOPES[name]}
    assert listed("bot") == used | {"commands"}


def test_every_method_that_is_called_is_counted_from_the_start() -> None:
    assert methods_called() | {"response_url"} == set(API_METHODS)


def test_the_manifest_has_the_command_with_escaping_and_no_tab_that_is_not_there() -> None:
    assert "- command: /task\n" in MANIFEST
    assert "should_escape: true" in MANIFEST
    assert MANIFEST.count("/slack/events") == 2 + len(re.findall(r"- command:", MANIFEST))
    assert MANIFEST.count("https://YOUR-HOST") == 3
    assert "home_tab_enabled: true" in MANIFEST


def test_the_manifest_has_exactly_the_shortcuts_that_have_a_listener() -> None:
    shortcuts = declared(MANIFEST).shortcuts
    assert {it["callback_id"]: it["type"] for it in shortcuts} == {
        ids.MAKE_TASK: "message",
        ids.NEW_TASK: "global",
    }
    assert set(SHORTCUTS) == {ids.MAKE_TASK, ids.NEW_TASK}
    # https://docs.slack.dev/reference/app-manifest
    assert all(len(it["name"]) <= 24 and len(it["description"]) <= 150 for it in shortcuts)
    for it in shortcuts:
        assert f"*{it['name']}*" in README


def test_every_verb_has_a_listener_examples_and_a_meaning() -> None:
    assert set(COMMANDS) == {BARE, *ALIASES}
    assert set(EXAMPLES) == set(ALIASES)
    for verb in ALIASES:
        assert (
            EXAMPLES[verb][0]
            in help_on(verb, "/task").as_json()["blocks"][0]["elements"][0]["elements"][0][
                "elements"
            ][0]["text"]
        )


CHANGES: dict[str, Callable[[str], object]] = {
    "assign": lambda rest: read_assignment(rest, "assign", "U01"),
    "due": lambda rest: read_due_change(rest, "due", NOW),
    "priority": lambda rest: read_priority(rest, "priority"),
    "edit": lambda rest: read_title(rest, "edit"),
    "note": lambda rest: read_note(rest, "note"),
    "undo": lambda rest: read_nothing(rest, "undo"),
    "settings": lambda rest: read_nothing(rest, "settings"),
    "stats": lambda rest: read_nothing(rest, "stats"),
    "feedback": lambda rest: read_nothing(rest, "feedback"),
}


def read_example(example: str) -> None:
    """Read a command as its listener would, with the people in it picked from Slack's list."""
    typed = read_verb(re.sub(r"@(maya|person)", "<@U02|maya>", example))
    if typed.verb == "add":
        read_new_task(typed.rest, "U01", NOW)
    elif typed.verb == "list":
        read_list(typed.rest, "U01", "C01")
    elif typed.verb in {"show", "history"}:
        read_number(typed.rest, typed.verb)
    elif typed.verb == "help":
        read_verb(typed.rest)
    elif typed.verb in CHANGES:
        CHANGES[typed.verb](typed.rest)
    elif typed.verb != BARE:
        read_numbers(typed.rest, typed.verb)


@pytest.mark.parametrize("example", [one for each in EXAMPLES.values() for one in each])
def test_every_example_that_is_shown_can_be_read(example: str) -> None:
    read_example(example)
    assert read_verb(example).verb in ALIASES


@pytest.mark.parametrize("example", sorted(set(IN_README) - set(VERBS)))
def test_every_command_in_the_readme_can_be_read(example: str) -> None:
    read_example(example)


def test_the_readme_lists_every_verb_with_its_aliases() -> None:
    found = {
        in_code(command)[0].split()[1]: tuple(in_code(aliases))
        for command, aliases, _ in table("command", "aliases", "what it does")
    }
    assert found == ALIASES


def test_the_readme_lists_every_setting_with_its_default() -> None:
    found = {
        in_code(name)[0]: default for name, default, _ in table("name", "default", "what it is")
    }
    expected = {
        field.name.upper(): (
            "required" if field.default is dataclasses.MISSING else f"`{field.default}`"
        )
        for field in dataclasses.fields(Config)
    }
    assert found == expected
    assert {name for name, default in found.items() if default == "required"} == set(SECRETS)


def test_the_readme_lists_every_metric_with_its_labels() -> None:
    exposed = {
        sample.name: set(sample.labels) - {"le"}
        for metric in Metrics().registry.collect()
        for sample in metric.samples
    }
    names = re.findall(
        r"^# TYPE (\S+) ", generate_latest(Metrics().registry).decode(), re.MULTILINE
    )
    found = {
        in_code(name)[0]: set(labels.replace(",", " ").split())
        for name, labels, _ in table("name", "labels", "counts")
    }
    assert set(found) == set(names)
    for name, labels in found.items():
        assert labels == exposed.get(name, exposed.get(f"{name}_count")), name


def in_metrics_md() -> set[str]:
    """Everything in code there."""
    return set(re.findall(r"`([^`]+)`", (ROOT / "docs" / "metrics.md").read_text()))


def test_every_metric_and_every_figure_of_the_report_is_defined() -> None:
    text = generate_latest(Metrics().registry).decode()
    exported = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    told = (
        Report,
        Numbers,
        DayNumbers,
        PeriodNumbers,
        Cohort,
        VerbUse,
        FaultHour,
        Feedback,
        Answer,
    )
    figures = {field.name for one in told for field in dataclasses.fields(one)}
    assert exported | figures <= in_metrics_md()
    measured = {"person_days", "contacts", "day_sums", "verb_days", "word_days", "fault_hours"}
    assert measured <= in_metrics_md() & set(metadata.tables)


def test_every_reason_for_a_rejection_is_in_the_closed_list() -> None:
    errors = [error for of_kind in SAMPLES.values() for error in of_kind]
    reasons = {reason_of(one) for one in errors if not isinstance(one, NotSaved | NothingChanged)}
    nobodys = BoltUnhandledRequestError(request=None, current_response=None)
    other = {reason_of(NotForEverybody(12)), reason_of(nobodys)}
    outcomes = [Outcome(12, verdict, task()) for verdict in Verdict]
    refusals = {
        reason_of(NothingChanged((outcome,), EventKind.DELETED))
        for outcome in outcomes
        if outcome.refused
    }
    assert reasons | other | refusals <= in_metrics_md()
    assert refusals >= {"no_such_task", "not_yours", "no_room"}


def test_the_readme_lists_every_target_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    found = {in_code(name)[0].removeprefix("make ") for name, _ in table("target", "does")}
    assert found == set(targets)


def drawn() -> Iterator[Message]:
    """One message of each kind, so that every button stands on one of them."""
    turn = Cursor((1, 12))
    page = ListPage(ListQuery(), (task(), done_task(number=13)), turn, turn)
    payload = Payload(kind=Kind.COMMAND, command="/task", text="lsit")
    for one in (task(), done_task(), deleted_task()):
        yield cards.card(one, reader())
        yield cards.whole(TaskHistory(one, (event(),)), reader())
    for what in What:
        yield directs.direct(Direct(what=what, tasks=(task(),)), reader())
    yield lists.page(page, reader())
    yield lists.posted(page, reader(), "U01")
    yield stats.team(team_stats(), reader())
    yield stats.posted(team_stats(), reader(), "U01")
    yield texts.added(outcome(task()), ReadTask(new()), reader(), None)
    yield texts.ask_delete([outcome(task(), Verdict.ALLOWED)], reader())
    yield texts.welcome("/task")
    yield texts.welcome("/task").with_line(feedback.offered())
    yield feedback.thanks()
    yield unread(UnknownVerb("lsit", "list", "lsit"), payload, reader())


def homes() -> Iterator[View]:
    """Homes with every button that may stand in one."""
    yield home(home_page(task(), page=2, has_more=True), reader())


def drawn_forms() -> Iterator[View]:
    """One form of each kind, with all that may stand in it."""
    opened = Opened(channel_id="C01", permalink="https://acme.slack.com/archives/C01/p1")
    new_form = forms.NewForm(opened=opened, has_card=True, has_channels=True)
    yield forms.new_task(new_form, reader())
    yield forms.edit_task(task(), reader(), opened)
    yield settings.settings(Settings(), reader())
    yield feedback.feedback()


def action_ids(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["action_id"]} if "action_id" in part else set()
        return own.union(*map(action_ids, part.values()))
    return set().union(*map(action_ids, part)) if isinstance(part, list) else set()


def test_every_button_that_is_drawn_has_a_listener_and_every_listener_a_button() -> None:
    options = {ids.TAKE_OPTION, ids.DELETE_OPTION, ids.EDIT_OPTION}
    named = {value for name, value in vars(ids).items() if name.isupper() and name[0] != "_"}
    assert named - options == {*ACTIONS, *VIEWS, *SHORTCUTS}
    shown = [list(message.blocks) for message in drawn()] + [view["blocks"] for view in homes()]
    assert action_ids(shown) == set(ACTIONS)


def parts(drawn: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Every part of a drawing that is of this type."""
    if isinstance(drawn, list):
        for each in drawn:
            yield from parts(each, kind)
    elif isinstance(drawn, dict):
        if drawn.get("type") == kind:
            yield drawn
        yield from parts(list(drawn.values()), kind)


SIGNS_ONLY = re.compile(r"[\W_]*", re.UNICODE)
"""Emoji, arrows and the like, which mean nothing to those who do not see them."""


def test_whatever_is_drawn_can_be_read_aloud() -> None:
    messages = [message.as_json() for message in drawn()]
    views = [*homes(), *drawn_forms()]
    for message in messages:
        assert not SIGNS_ONLY.fullmatch(message["text"]), message
        assert len(message["text"].encode()) <= 4_000
    for shown in [*(message["blocks"] for message in messages), *(one["blocks"] for one in views)]:
        for button in parts(shown, "button"):
            assert button["accessibility_label"].startswith(button["text"]["text"])
            assert not SIGNS_ONLY.fullmatch(button["text"]["text"])
        for field in parts(shown, "input"):
            assert not SIGNS_ONLY.fullmatch(field["label"]["text"])
        for menu in parts(shown, "overflow"):
            assert not any(SIGNS_ONLY.fullmatch(one["text"]["text"]) for one in menu["options"])
        assert list(parts(shown, "image")) == []


def test_what_a_task_is_like_stands_in_words_wherever_it_stands() -> None:
    overdue = task(due=DueDay(date(2026, 11, 20)), priority=Priority.HIGH)
    for message in (
        cards.card(overdue, reader()),
        cards.whole(TaskHistory(overdue, (event(),)), reader()),
        lists.page(ListPage(ListQuery(), (overdue,), None, None), reader()),
        directs.direct(Direct(what=What.GIVEN, tasks=(overdue,)), reader()),
    ):
        for told in (message.text, str(message.blocks)):
            assert "verdue" in told, message
            assert "igh priority" in told, message
            assert "To do" in told, message


def test_every_form_that_is_drawn_has_a_listener_and_every_listener_a_form() -> None:
    views = list(drawn_forms())
    assert {view["callback_id"] for view in views} == set(VIEWS)
    fields = [field["element"]["action_id"] for field in parts(views, "input")]
    assert set(fields) == {*ids.Field, *ids.Setting, *ids.Question}


def injected() -> set[str]:
    """The names that Bolt gives to listeners, and those that the doorway and identity add."""
    identity = (ROOT / "bot/identity.py").read_text()
    return {*AsyncArgs.__annotations__, *re.findall(r'context\["(\w+)"\] = ', identity), "talk"}


@pytest.mark.parametrize(
    "listener",
    [
        *COMMANDS.values(),
        *ACTIONS.values(),
        *VIEWS.values(),
        *SHORTCUTS.values(),
        *EVENTS.values(),
    ],
    ids=lambda one: one.__name__,
)
def test_a_listener_asks_only_for_names_that_are_injected(listener: Callable[..., Any]) -> None:
    assert set(inspect.signature(listener).parameters) <= injected()


def crossing(name: str) -> Crossed:
    """A form that changed something else than another person changed meanwhile."""
    values = {"title": "t", "notes": "n", "assignee_id": "U02", "priority": Priority.LOW}
    due = DueDay(NOW.date())
    theirs = {**values, "due": due}[name]
    wanted = Wanted(title="T", notes="N", assignee_id="U03", due=None, priority=Priority.HIGH)
    since = event(EventKind.RENAMED, changes={name: (None, theirs)})
    mine = Merged(wanted=wanted, differs=(name,), crossed=(name,))
    return Crossed(task(**{name: theirs}), mine, (since,))


# What a listener may end in, one of each kind of fact.
SAMPLES: dict[type[Exception], Sequence[Exception]] = {
    reading_errors.UnknownVerb: [
        UnknownVerb("lsit", "list", "lsit"),
        UnknownVerb("zz", None, "zz"),
    ],
    reading_errors.NoTitle: [reading_errors.NoTitle()],
    reading_errors.TooLong: [
        TooLong("notes", 9_999, 10),
        TooLong("text", 9_999, 10),
        TooLong("search", 9_999, 10),
        TooLong("title", 9_999, 10),
        TooLong("answer", 9_999, 10),
    ],
    reading_errors.PersonNotPicked: [reading_errors.PersonNotPicked("@maya")],
    reading_errors.SeveralPeople: [
        reading_errors.SeveralPeople(("maya", "tom"), "list @maya"),
        reading_errors.SeveralPeople(("maya", "tom"), "add x", ("x &lt;", "y")),
    ],
    reading_errors.SeveralPriorities: [reading_errors.SeveralPriorities(("!high", "!low"))],
    reading_errors.NoNumber: [reading_errors.NoNumber("done")],
    reading_errors.NotANumber: [reading_errors.NotANumber("done", "twelve")],
    reading_errors.TooManyNumbers: [reading_errors.TooManyNumbers("done", 21, tuple(range(20)))],
    reading_errors.OneNumberOnly: [reading_errors.OneNumberOnly("show", 12)],
    reading_errors.NothingAfter: [
        reading_errors.NothingAfter(verb, 12) for verb in ("assign", "due", "priority", "note")
    ],
    reading_errors.NotThat: [
        reading_errors.NotThat(verb, 12, "that") for verb in ("assign", "due", "priority")
    ],
    reading_errors.NothingExpected: [
        reading_errors.NothingExpected(verb) for verb in ("undo", "settings", "stats")
    ],
    reading_errors.PastDue: [reading_errors.PastDue("eod", "tomorrow 18:00")],
    reading_errors.NoWeekday: [FieldsRefused({"weekdays": reading_errors.NoWeekday()})],
    reading_errors.NoAnswer: [FieldsRefused({"used_for": reading_errors.NoAnswer()})],
    reading_errors.TimeWithoutDay: [
        FieldsRefused({"due_day|1": reading_errors.TimeWithoutDay("17:00")})
    ],
    FieldsRefused: [
        FieldsRefused({"title|1": reading_errors.NoTitle()}),
        FieldsRefused({"notes|1": TooLong("notes", 9_999, 10)}),
        FieldsRefused({"due_day|1": reading_errors.PastDue("2020-01-01", "today")}),
    ],
    reading_errors.AmbiguousDate: [
        reading_errors.AmbiguousDate("12/3", ("2027-03-12", "2026-12-03"))
    ],
    reading_errors.NoSuchDate: [reading_errors.NoSuchDate("feb 30", "2027-03-01")],
    NoSuchTask: [NoSuchTask(12)],
    NothingToUndo: [
        NothingToUndo("nothing"),
        NothingToUndo("too_late", 12),
        NothingToUndo("is_undo", 12),
    ],
    NothingUndone: [
        NothingUndone((Outcome(12, Verdict.CHANGED_SINCE, task()),)),
        NothingUndone((Outcome(12, Verdict.NO_SUCH_TASK),)),
    ],
    NothingChanged: [
        NothingChanged((Outcome(12, verdict, task()),), EventKind.DELETED)
        for verdict in set(Verdict) - {Verdict.CHANGED, Verdict.ALLOWED, Verdict.NO_SUCH_TASK}
    ]
    + [NothingChanged((Outcome(12, Verdict.NO_SUCH_TASK),), EventKind.DELETED)],
    Crossed: [crossing(name) for name in EDITED],
    NotSaved: [NotSaved(reason) for reason in ("busy", "full", "read-only", "broken")],
    NotInstalled: [NotInstalled("T99")],
    MayNotAct: [MayNotAct(role) for role in set(Role) - MAY_ACT],
    NotTheirChannel: [NotTheirChannel()],
    ids.UnknownButton: [ids.UnknownButton()],
    ids.UnknownForm: [ids.UnknownForm()],
    NotOpened: [NotOpened(("edit 12 New title", "due 12 friday"))],
}
AT_START = {InUse, NewerSchema, OlderSchema, Unreadable}
"""What keeps the bot from starting is said in the log, what keeps a report from it by that."""


def kinds_of(error: type[Exception]) -> set[type[Exception]]:
    below = {kind for each in error.__subclasses__() for kind in kinds_of(each)}
    return below or {error}


def test_every_kind_of_error_has_its_sample_here() -> None:
    kinds = kinds_of(ReadingError) | kinds_of(StoreError)
    kinds |= {MayNotAct, NotTheirChannel, NotOpened, ids.UnknownButton, ids.UnknownForm}
    assert kinds == set(SAMPLES) | AT_START


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    await bring_up_to_date(opened, NOW)
    yield opened
    await opened.close()


async def test_every_error_is_told_in_words_with_a_next_step(database: Database) -> None:
    metrics, people = Metrics(), People(database, utc_now)
    tasks = TaskStore(database, lambda _: None, utc_now)
    errors = Errors(tasks, metrics)
    payload = Payload(
        kind=Kind.COMMAND, team_id="T01", user_id="U01", command="/todo", text="a &lt; b"
    )
    unhandled = BoltUnhandledRequestError(request=None, current_response=None)
    async with aiohttp.ClientSession() as session:
        slack = Slack("xoxb-1", "http://127.0.0.1:9/", session, metrics)
        for error in [one for each in SAMPLES.values() for one in each] + [unhandled]:
            talk = Talk(payload, slack, people, Lists(database), Later(), now=NOW, command="/todo")
            words = (await errors.answer(error, talk)).body
            assert "omething went wrong" not in words, error
            assert NOT_UNDERSTOOD not in words, error
            assert is_helpful(words), error
            assert "/task" not in words, "the command goes by the name it was typed with"
            mends = isinstance(error, ReadingError | NotSaved | NothingChanged | NoSuchTask)
            mends = mends and not isinstance(error, FieldsRefused)  # there it stays in its field
            assert ("a < b" in words.replace("\\u003c", "<")) is mends, error
            assert talk.outcome == ("failed" if isinstance(error, NotSaved) else "rejected")


NEXT_STEPS = (
    "try again",
    "Ask someone there",
    "Ask a person",
    "Ask an admin",
    "Ask whoever runs it",
    "only somebody, who added it",
    "deleted it",
    "is not deleted",
    "an admin can bring it back",
    "For example: ",
    "characters; a task holds",
    "Choose one",
    "Choose the days",
    "Answer at least one",
    "The next possible: ",
    "save to replace it, or",
)


def is_helpful(words: str) -> bool:
    """Whether there is a command to type, or another way to go on."""
    return "/todo " in words or any(step in words for step in NEXT_STEPS)


class Recalled(Lists):
    """Lists that count how often somebody's last tasks are asked for."""

    times = 0

    async def latest(self, origin: Origin) -> tuple[Task, ...]:
        self.times += 1
        return await super().latest(origin)


async def test_the_last_tasks_are_asked_for_only_where_they_are_named(database: Database) -> None:
    metrics = Metrics()
    errors = Errors(TaskStore(database, lambda _: None, utc_now), metrics)
    payload = Payload(kind=Kind.COMMAND, team_id="T01", user_id="U01", text="x")
    recalling = set()
    async with aiohttp.ClientSession() as session:
        slack = Slack("xoxb-1", "http://127.0.0.1:9/", session, metrics)
        for kind in kinds_of(ReadingError):
            asked = Recalled(database)
            talk = Talk(payload, slack, People(database, utc_now), asked, Later(), now=NOW)
            talk.origin = origin()
            await errors.answer(SAMPLES[kind][0], talk)
            recalling |= {kind} if asked.times else set()
    assert recalling == {reading_errors.NoNumber, reading_errors.NotANumber}


def test_the_minutes_for_an_undo_are_told_wherever_they_are_named() -> None:
    told = f"{UNDO_FOR.total_seconds() / 60:.0f} minutes"
    assert told in help_on("undo", "/task").text
    assert told in texts.nothing_to_undo("too_late", 12, reader()).text
    assert told in README


async def test_a_fault_of_ours_says_what_is_saved_and_has_a_reference(database: Database) -> None:
    metrics = Metrics()
    errors = Errors(TaskStore(database, lambda _: None, utc_now), metrics)
    async with aiohttp.ClientSession() as session:
        slack = Slack("xoxb-1", "http://127.0.0.1:9/", session, metrics)
        payload = Payload(
            kind=Kind.COMMAND, team_id="T01", user_id="U01", command="/task", text="x"
        )
        talk = Talk(payload, slack, People(database, utc_now), Lists(database), Later(), now=NOW)
        words = (await errors.answer(RuntimeError("ours"), talk)).body
    assert talk.reference in words
    assert "nothing was saved" in words
    assert "ours" not in words
    assert talk.outcome == "failed"
    assert errors_total(metrics) == 1


def start_refused(path: Path) -> str:
    """What the bot prints when it refuses to start on a database."""
    environment = os.environ | {
        "SLACK_SIGNING_SECRET": "shhh",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "DATABASE_URL": f"sqlite+aiosqlite:///{path}",
        "SLACK_API_URL": "http://127.0.0.1:9/",
        "PORT": "0",
        "OPS_PORT": "0",
    }
    command = [sys.executable, "-m", "bot"]
    ran = subprocess.run(  # noqa: S603  # our own program
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.returncode == 2, ran.stderr
    return ran.stdout


def test_a_database_in_use_keeps_the_bot_from_starting_in_words(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "taskbot.db")
    said = start_refused(tmp_path / "taskbot.db")
    lock.release()
    assert "another process serves" in said
    assert "Traceback" not in said


async def test_a_database_of_a_later_release_keeps_the_bot_from_starting_in_words(
    tmp_path: Path, database: Database
) -> None:
    path = tmp_path / "later.db"
    store_schema.copy_database(database.path, path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    said = start_refused(path)
    assert "9999" in said
    assert "restore the copy made before" in said
    assert "Traceback" not in said


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(store_schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [store_schema.HEAD]
    differences = await database.read(
        lambda c: compare_metadata(
            MigrationContext.configure(c, opts={"compare_type": True}), metadata
        )
    )
    assert differences == []


def test_the_version_and_that_of_uv_are_the_same_wherever_they_stand() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    makefile = re.findall(
        r"^UV_VERSION\s*:=\s*(\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    dockerfile = re.findall(
        r"^ARG UV_VERSION=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert makefile == dockerfile
    assert len(makefile) == 1


def test_every_setting_that_is_missing_is_told_with_where_to_find_it() -> None:
    with pytest.raises(InvalidConfig) as invalid:
        read_config({}, on_terminal=False)
    for name, fault in zip(SECRETS, invalid.value.faults, strict=True):
        assert fault.startswith(f"{name} is missing. ")
        assert "app's page" in fault


def test_every_worker_of_the_bot_has_its_place_among_the_errors() -> None:
    sources = [path.read_text() for path in (ROOT / "bot").glob("*.py")]
    workers = {name for source in sources for name in re.findall(r'Worker\(\s*"(\w+)"', source)}
    placed = {name for source in sources for name in re.findall(r'\.fault\("(\w+)"', source)}
    assert inspect.signature(Worker).parameters["name"].annotation is str
    assert workers | placed <= set(ERROR_PLACES)
    assert workers


def test_every_test_and_proof_that_docs_name_is_there() -> None:
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    proved = {proof.id for proof in proofs()}
    security = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"`(test_\w+)`", security)
    assert len(named) > 50
    assert set(named) <= written
    assert set(re.findall(r"`([MRS]\d+)`", security)) <= proved
