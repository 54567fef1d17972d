"""What went over the wire between Slack and the bot, both ways, for those who are curious."""

import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from playground.changes import Changes
from playground.exchange import JSON_TYPE, Interaction
from playground.messages import JSON

Direction = Literal["to_bot", "to_slack"]

KEPT = 60
UNDER_WAY = "under way"
_TEXT_MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Told:
    """A request in one line, and whole; what proves who sent it is left out."""

    what: str
    request: JSON


@dataclass(eq=False, kw_only=True)
class Passage:
    """One request and its answer; it is made readable only when somebody looks."""

    n: int
    at: float
    direction: Direction
    kind: str
    tell: Callable[[], Told]
    status: int | None = None
    outcome: str = UNDER_WAY
    ms: float = 0.0
    answer: JSON | str = ""
    _began: float = field(default_factory=time.perf_counter)
    _shown: JSON | None = None

    def end(self, *, status: int | None, outcome: str, answer: JSON | str) -> None:
        """Note what came back; without a status, nothing did."""
        self.ms = round((time.perf_counter() - self._began) * 1_000, 1)
        self.status, self.outcome, self.answer = status, outcome, answer

    def shown(self) -> JSON:
        """Return what the page shows of it."""
        if self._shown is not None:
            return self._shown
        told = self.tell()
        shown: JSON = {
            "n": self.n,
            "at": self.at,
            "direction": self.direction,
            "kind": self.kind,
            "what": told.what,
            "status": self.status,
            "outcome": self.outcome,
            "ms": self.ms,
            "request": _pretty(told.request),
            "answer": _pretty(self.answer),
        }
        if self.outcome != UNDER_WAY:
            self._shown = shown
        return shown


class Wire:
    """The last passages, oldest first."""

    def __init__(self, clock: Callable[[], float], changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._numbers = itertools.count(1)
        self._passages: deque[Passage] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Passage]:
        return iter(self._passages)

    def begin(self, direction: Direction, kind: str, tell: Callable[[], Told]) -> Passage:
        """Note that a request is sent."""
        passage = Passage(
            n=next(self._numbers), at=self._clock(), direction=direction, kind=kind, tell=tell
        )
        self._passages.append(passage)
        self._changes.notify()
        return passage

    def end(
        self, passage: Passage, *, status: int | None, outcome: str, answer: JSON | str
    ) -> None:
        """Note that its answer is there, or that none will be."""
        passage.end(status=status, outcome=outcome, answer=answer)
        self._changes.notify()


def told(interaction: Interaction, attempt: str | None = None) -> Told:
    """Return a request to the bot the way people read it; `attempt` counts repetitions."""
    request = _opened(interaction)
    request.pop("token", None)
    again = f" (again, {attempt})" if attempt else ""
    return Told(what=_SUMMARIES[interaction.kind](request) + again, request=request)


def _opened(interaction: Interaction) -> JSON:
    if interaction.content_type == JSON_TYPE:
        return dict(json.loads(interaction.body))
    fields = dict(parse_qsl(interaction.body.decode(), keep_blank_values=True))
    return dict(json.loads(fields["payload"])) if "payload" in fields else fields


def _action(request: JSON) -> str:
    pressed = request["actions"][0]
    value = (pressed.get("selected_option") or pressed).get("value")
    return f"{pressed['action_id']} {value or ''}".strip()


_SUMMARIES: dict[str, Callable[[JSON], str]] = {
    "command": lambda it: f"{it['command']} {it['text']}".strip(),
    "action": _action,
    "shortcut": lambda it: str(it["callback_id"]),
    "submission": lambda it: str(it["view"]["callback_id"]),
    "closing": lambda it: str(it["view"]["callback_id"]),
    "event": lambda it: str(it["event"]["type"]),
}


def _pretty(said: Any) -> str:
    """Return JSON with line breaks, and any other text as it is."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            return str(said)[:_TEXT_MOST]
    text = json.dumps(said, indent=2, ensure_ascii=False)
    return text if len(text) <= _TEXT_MOST else f"{text[:_TEXT_MOST]}\n…"
