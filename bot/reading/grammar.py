"""What follows `add`: a title, what stands at the end of its line, and notes below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reading.errors import NoTitle, TooLong
from bot.reading.line import ENDING_MAX, Left, Line
from bot.reading.normal import decode, is_blank, unquoted
from store import NOTES_MAX, TITLE_MAX, NewTask, Priority


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A new task as it was read."""

    new: NewTask
    title_was_cut: bool = False
    left: Left | None = None


def read_new_task(raw: str, actor_id: str, now: datetime) -> ReadTask:
    """Read what follows `add`, on the clock of who asks.

    Raises:
        NoTitle, SeveralPeople, PersonNotPicked, PastDue, AmbiguousDate, NoSuchDate, TooLong: in
            the order of reading.
    """
    decoded = decode(raw.strip())
    first, _, below = decoded.text.partition("\n")
    _refuse_what_never_fits(first, below.strip())
    line = Line(first, decoded, actor_id, now)
    ending = line.ending()
    title, beyond = cut_title(unquoted(line.title(ending)))
    if is_blank(title):
        raise NoTitle
    new = NewTask(
        title=title,
        notes=_joined([beyond, below.strip()]),
        assignee_id=ending.person.id if ending.person else None,
        due=ending.due,
        priority=ending.priority or Priority.NORMAL,
        quiet=ending.quiet,
        names=decoded.names(),
    )
    return ReadTask(new, bool(beyond), line.left(ending))


def _refuse_what_never_fits(line: str, below: str) -> None:
    """Before the line is read word by word, which takes its time."""
    length = max(len(line) - TITLE_MAX, 0) + len(below)
    if length > NOTES_MAX + ENDING_MAX:
        raise TooLong("notes", length, NOTES_MAX)


def _joined(parts: Sequence[str]) -> str:
    notes = "\n".join(part for part in parts if part)
    if len(notes) > NOTES_MAX:
        raise TooLong("notes", len(notes), NOTES_MAX)
    return notes


def cut_title(title: str) -> tuple[str, str]:
    """The title at its longest, cut between words where there are any, and what is beyond."""
    if len(title) <= TITLE_MAX:
        return title, ""
    space = title.rfind(" ", TITLE_MAX // 2, TITLE_MAX + 1)
    at = space if space > 0 else TITLE_MAX
    return title[:at].rstrip(), title[at:].lstrip()
