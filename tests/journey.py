"""What a journey looks at beside the answer: screens, history, log lines and counters."""

import itertools
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from bot.reading.form import texts_in
from bot.reading.verbs import VERBS
from playground import Channel, Exchange, Person
from playground.controls import controls
from playground.messages import Shown, View
from playground.readable import Reader
from tests.conftest import SECRET, TOKEN, RunningBot, eventually

COUNTED = (
    "tasks_created_total",
    "tasks_completed_total",
    "task_events_total",
    "task_completion_seconds_count",
    "slack_interactions_total",
    "slack_ack_seconds_count",
    "errors_total",
)
SOURCES = {"command": "command", "action": "button", "submission": "form", "shortcut": "shortcut"}
"""The source of what is done by each kind of interaction, unless the test says another."""
KINDS = {"submission": "view"}
"""Where the bot counts a kind of interaction under another name than the stand-in's."""


def said(answer: Exchange) -> str:
    """What the person reads in answer."""
    return "\n".join(Reader(answer.interaction.workspace).lines(answer.latest()))


def seen(shown: Shown, channel: Channel) -> str:
    """What stands in a message, as people read it."""
    return "\n".join(Reader(channel.workspace).lines(shown))


def labels(shown: Shown) -> list[str]:
    """Everything that can be pressed in a message."""
    return [control.label for control in controls(shown)]


def form_of(person: Person) -> View:
    """The form that stands on somebody's screen."""
    assert person.modal is not None
    return person.modal


def words_of(view: View, person: Person) -> str:
    """What one reads in a form."""
    shown = person.workspace.bot_message("C01", "", blocks=view.blocks)
    return "\n".join(Reader(person.workspace).lines(shown))


def fields(view: View) -> dict[str, Any]:
    """What the fields of a form begin with, by their labels."""
    inputs = [block for block in view.blocks if block["type"] == "input"]
    return {block["label"]["text"]: _initial(block["element"]) for block in inputs}


def _initial(element: dict[str, Any]) -> Any:
    value = next((it for name, it in element.items() if name.startswith("initial_")), None)
    if isinstance(value, list):
        return [one["value"] for one in value]
    return value["value"] if isinstance(value, dict) else value


def listed(shown: Shown) -> list[int]:
    """The numbers of the tasks in a list, as they stand."""
    rows = [block for block in shown.blocks if block["type"] == "section"]
    texts = [row["text"]["text"] for row in rows if row["accessory"]["action_id"] != "task_undo"]
    return [int(text.removeprefix("#").split()[0]) for text in texts]


async def all_told(bot: RunningBot) -> None:
    """Wait until Slack was told everything that the database wants told."""
    waiting = "SELECT count(*) FROM notices WHERE told < wanted"
    await eventually(lambda: bot.rows(waiting) == [(0,)])


COUNT_TO = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {}) "
    "SELECT sum(x) AS x FROM n"
)


def slow_down(path: Path, seconds: float, on: str = "INSERT ON tasks") -> Callable[[], None]:
    """Have SQLite itself work for so long on each new task, or what else; returns how to end it."""
    connection = sqlite3.connect(path, isolation_level=None)
    steps = 500_000
    took = min(_timed(connection, COUNT_TO.format(steps)) for _ in range(3))
    count = COUNT_TO.format(int(steps * seconds / took))
    connection.execute("CREATE VIEW slow AS " + count)
    connection.execute(f"CREATE TRIGGER slow_change AFTER {on} BEGIN SELECT x FROM slow; END")  # noqa: S608  # ours

    def drop() -> None:
        connection.execute("DROP TRIGGER slow_change")
        connection.close()

    return drop


def _timed(connection: sqlite3.Connection, query: str) -> float:
    began = time.monotonic()
    connection.execute(query).fetchall()
    return time.monotonic() - began


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold SQLite's lock for writing, as another process would."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def add(person: Person, channel: Channel, *lines: str) -> None:
    """Tasks without cards, which are not what the test is about."""
    for line in lines:
        answer = await person.command(f"/task add {line} !quiet", channel=channel)
        assert "Added #" in answer.text, answer.text


class Trail:
    """Checks what each request leaves in the history, the log and the counters, and no more."""

    def __init__(self, bot: RunningBot, figures: Counter[str]) -> None:
        self._bot = bot
        self._figures = figures
        self._events = len(_history(bot))

    @classmethod
    async def begin(cls, bot: RunningBot) -> "Trail":
        """From here on every request is to be accounted for."""
        bot.output.readouterr()
        return cls(bot, await _figures(bot))

    async def skip(self) -> None:
        """Leave out what was only preparation."""
        self._bot.output.readouterr()
        self._figures = await _figures(self._bot)
        self._events = len(_history(self._bot))

    async def of(
        self, exchange: Exchange, *events: str, outcome: str = "answered", source: str = ""
    ) -> None:
        """Since the last look there was this one request, and these events: "#1 created".

        "#1 completed undo": the event took something back, and is no second completion.
        """
        kind = exchange.interaction.kind
        source = source or SOURCES.get(kind, "")
        raw = self._bot.output.readouterr().out
        lines = [json.loads(line) for line in raw.splitlines()]
        self._check_history(exchange, events, source)
        _check_lines(exchange, lines, events, outcome, source)
        self._check_silence(exchange, raw)
        now = await _figures(self._bot)
        grown, self._figures = now - self._figures, now
        assert grown == _expected(KINDS.get(kind, kind), events, outcome, source)

    def _check_history(self, exchange: Exchange, events: tuple[str, ...], source: str) -> None:
        rows = _history(self._bot)
        new, self._events = rows[self._events :], len(rows)
        it = exchange.interaction
        actor_id = it.person and it.person.id
        assert new == [(*_event(event), actor_id, source) for event in events]

    def _check_silence(self, exchange: Exchange, raw: str) -> None:
        """No token, no address to answer to, and no word that people wrote."""
        for secret in (TOKEN, SECRET, "/respond/", "response_url", exchange.trigger_id or TOKEN):
            assert secret not in raw
        kept = " ".join(itertools.chain(*self._bot.rows("SELECT title, notes FROM tasks")))
        for word in set(re.findall(r"[^\W\d_]{5,}", f"{kept} {_typed(exchange)}")) - set(VERBS):
            assert word not in raw


def _check_lines(
    exchange: Exchange,
    lines: list[dict[str, Any]],
    events: tuple[str, ...],
    outcome: str,
    source: str,
) -> None:
    it = exchange.interaction
    (canonical,) = [line for line in lines if line["event"] == "slack.interaction"]
    of_person = {"team": it.workspace.id, "user": it.person.id if it.person else ""}
    facts = {"kind": KINDS.get(it.kind, it.kind), "outcome": outcome, **of_person}
    assert {key: canonical[key] for key in facts} == facts
    assert 0 <= canonical["ms"] < 3_000
    assert re.fullmatch(r"[0-9a-f]{8}", canonical["request_id"])
    tasks = [line for line in lines if line["event"].startswith("task.")]
    assert [(line["task"], line["event"].removeprefix("task.")) for line in tasks] == [
        _event(event) for event in events
    ]
    for line, event in zip(tasks, events, strict=True):
        assert line["undo"] or not _is_undo(event)
        assert line["request_id"] == canonical["request_id"]
        assert (line["team"], line["actor"]) == (it.workspace.id, of_person["user"])
        assert line["source"] == source


def _expected(kind: str, events: tuple[str, ...], outcome: str, source: str) -> Counter[str]:
    grown = Counter(
        {
            f'slack_interactions_total{{kind="{kind}",outcome="{outcome}"}}': 1,
            f'slack_ack_seconds_count{{kind="{kind}"}}': 1,
        }
    )
    for told in events:
        _, event = _event(told)
        grown[f'task_events_total{{kind="{event}"}}'] += 1
        if event in {"created", "completed"} and not _is_undo(told):
            grown[f'tasks_{event}_total{{source="{source}"}}'] += 1
        if event == "completed" and not _is_undo(told):
            grown["task_completion_seconds_count"] += 1
    return grown


def _typed(exchange: Exchange) -> str:
    fields = parse_qs(exchange.request.body.decode(), keep_blank_values=True)
    payload = json.loads(fields.get("payload", ["{}"])[0])
    texts = [*fields.get("text", []), *texts_in(payload.get("view", {}))]
    if payload.get("type") == "message_action":
        texts.append(payload.get("message", {}).get("text", ""))
    return " ".join(texts)


def _event(said_of_it: str) -> tuple[int, str]:
    number, kind = said_of_it.removesuffix(" undo").removeprefix("#").split()
    return int(number), kind


def _is_undo(said_of_it: str) -> bool:
    return said_of_it.endswith(" undo")


def _history(bot: RunningBot) -> list[tuple[Any, ...]]:
    return bot.rows("SELECT number, kind, actor_id, source FROM task_events ORDER BY rowid")


async def _figures(bot: RunningBot) -> Counter[str]:
    figures: Counter[str] = Counter()
    for line in (await bot.get("/metrics")).splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith(COUNTED):
            figures[name] = round(float(value))
    return figures
