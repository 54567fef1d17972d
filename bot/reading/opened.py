"""How a form was opened: what we write into it unseen, and read when it comes back."""

import dataclasses
import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from store import Due, DueAt, DueDay, Source

_VERSION_MAX = 10**9

# https://docs.slack.dev/reference/methods/chat.getPermalink
_PERMALINK = re.compile(
    r"https://[a-z0-9.-]+\.slack(?:-gov)?\.com/archives/[A-Z0-9]{1,20}/p\d{16}"
    r"(?:\?thread_ts=\d{10}\.\d{6}&cid=[A-Z0-9]{1,20})?",
    re.ASCII,
)
# The years of all due dates, and so far from the ends of the calendar that no clock leaves it.
_DAY = r"(?:19[7-9]\d|[2-8]\d{3}|9(?!999-12)\d{3})-\d\d-\d\d"
_SHAPES = {
    "channel_id": re.compile(r"[CDG][A-Z0-9]{1,20}|", re.ASCII),
    "channel_name": re.compile(r"[^\x00-\x1f]{0,255}"),
    "thread_ts": re.compile(r"\d{10}\.\d{6}|", re.ASCII),
    "permalink": re.compile(f"{_PERMALINK.pattern}|", re.ASCII),
    "due": re.compile(rf"{_DAY}(?:T\d\d:\d\d:\d\d\+00:00 {_DAY}T\d\d:\d\d)?|", re.ASCII),
}
_SOURCES = {Source.FORM, Source.SHORTCUT, Source.HOME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """From where a form was opened, and about which version of which task; grants nothing.

    It travels in `private_metadata`, which nobody but Slack and we can write, yet its shape is
    checked as if anybody could.
    """

    source: Source = Source.FORM
    channel_id: str = ""
    channel_name: str = ""
    """Of a direct conversation, which is known by it: nobody can be asked about one."""
    thread_ts: str = ""
    permalink: str = ""
    number: int = 0
    version: int = 0
    due: str = ""
    """The due date as it was when the form was drawn, and on which clock it was shown."""

    def write(self) -> str:
        """As it is kept in the form, without what says nothing."""
        said = dataclasses.asdict(self)
        return json.dumps({name: value for name, value in said.items() if value})

    def shown_due(self) -> tuple[Due | None, date | None, time | None]:
        """The due date that the form was drawn with, and what stood in its two fields.

        Raises:
            ValueError: no such day or time.
        """
        if " " in self.due:
            at, _, shown = self.due.partition(" ")
            local = datetime.fromisoformat(shown)
            return DueAt(datetime.fromisoformat(at)), local.date(), local.time()
        day = date.fromisoformat(self.due) if self.due else None
        return (DueDay(day) if day else None), day, None


def write_due(due: Due | None, zone: tzinfo | None) -> str:
    """A due date, with the clock on which it is shown: somebody may travel with an open form."""
    match due:
        case None:
            return ""
        case DueDay(day=day):
            return day.isoformat()
        case DueAt(at=at):
            shown = at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
            return f"{at.astimezone(UTC).isoformat(timespec='seconds')} {shown}"


def read_opened(metadata: str) -> Opened | None:
    """What we wrote into a form; None for what we never wrote into one about a task."""
    try:
        said = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    known = {field.name for field in fields(Opened)}
    if not (isinstance(said, dict) and said.keys() <= known and all(map(_fits, said.items()))):
        return None
    opened = Opened(**said | {"source": Source(said.get("source", Source.FORM))})
    return opened if _is_on_the_calendar(opened) else None


def _fits(item: tuple[str, Any]) -> bool:
    name, value = item
    if name == "source":
        return isinstance(value, str) and value in _SOURCES
    if name in _SHAPES:
        return isinstance(value, str) and _SHAPES[name].fullmatch(value) is not None
    return type(value) is int and 0 <= value < _VERSION_MAX


def _is_on_the_calendar(opened: Opened) -> bool:
    try:
        opened.shown_due()
    except ValueError:
        return False
    return True
