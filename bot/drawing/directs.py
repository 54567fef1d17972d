"""Direct messages as people see them: what happened to a task, what falls due, and the digest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    context,
    message,
    plain,
    rich,
    spoken,
    typed,
    words,
)
from bot.drawing.cards import card_for, facts, is_theirs, not_theirs
from bot.drawing.ids import Place, Surface
from bot.drawing.lists import TITLES, row
from bot.drawing.reader import Reader
from store import Direct, DueAt, Status, Task, What, day_on, group_of

JUST_NOW = timedelta(minutes=5)


def direct(said: Direct, reader: Reader) -> Message:
    """What somebody is told, with their tasks as they are now, and the way to turn it off."""
    drawn = _drawn(said, _on_time(said, reader))
    return Message(drawn.text, (*drawn.blocks, _settings()))


def _drawn(said: Direct, reader: Reader) -> Message:
    if said.what is What.TAKEN:
        return _taken(said, reader)
    if said.what is What.DIGEST:
        return _digest(said, reader)
    if len(said.tasks) == 1:
        return card_for(said.tasks[0], reader, _headline(said, reader))
    return _rows(said, reader)


def _headline(said: Direct, reader: Reader) -> str:
    who = reader.name(said.by)
    had = "" if said.is_so else "had "
    match said.what:
        case What.GIVEN:
            return f"{who} gave you a task:"
        case What.FINISHED:
            return f"{who} {had}finished a task that you gave:"
        case What.DELETED:
            gave = said.tasks[0].assignee_id not in (None, reader.user_id)
            return f"{who} {had}deleted a task {'that you gave' if gave else 'of yours'}:"
        case What.DUE:
            return "Due now:" if _just_now(said.tasks, reader) else "Due by now:"
        case _:
            return "Due today:" if _all_today(said.tasks, reader) else "Due by today:"


def _on_time(said: Direct, reader: Reader) -> Reader:
    """What falls due is due and not overdue, though its message is always a moment late."""
    if said.what is not What.DUE or not _just_now(said.tasks, reader):
        return reader
    first = min([reader.now, *_moments(said.tasks)])
    return replace(reader, now=first.astimezone(reader.now.tzinfo))


def _just_now(tasks: Iterable[Task], reader: Reader) -> bool:
    """Whether it fell due this minute or so, and not while nobody could be told."""
    return all(abs(reader.now - at) < JUST_NOW for at in _moments(tasks))


def _moments(tasks: Iterable[Task]) -> list[datetime]:
    return [task.due.at for task in tasks if isinstance(task.due, DueAt)]


def _all_today(tasks: Iterable[Task], reader: Reader) -> bool:
    return all(task.due and day_on(task.due, reader.now) == reader.now.date() for task in tasks)


def _taken(said: Direct, reader: Reader) -> Message:
    """They may not see the task any more: what they know of it, and nothing to press."""
    (task,) = said.tasks
    title = [words(" "), *typed(said.title)] if said.title else []
    line = [
        words(f"{reader.name(said.by)} took "),
        words(f"#{task.number}", bold=True),
        *title,
        words(" from you."),
    ]
    return message(spoken(line), rich(line))


def _rows(said: Direct, reader: Reader) -> Message:
    headline = _headline(said, reader)
    rows = [_row(task, reader) for task in said.tasks]
    text = f"{headline} {_listed(said.tasks, reader)}"
    return message(text, rich([words(headline)]), *rows, *_more(said, reader))


def _digest(said: Direct, reader: Reader) -> Message:
    """What is overdue stands first; what was finished or given away since the post, last."""
    ordered = sorted(said.tasks, key=lambda task: _TITLES.index(_title(task, reader)))
    blocks: list[Block] = []
    for title, tasks in groupby(ordered, key=lambda task: _title(task, reader)):
        blocks += [rich([words(title, bold=True)]), *(_row(task, reader) for task in tasks)]
    above = "Your open tasks"
    text = f"{above}: {_listed(ordered, reader)}"
    return message(text, rich([words(above)]), *blocks, *_more(said, reader))


DONE, GONE = "Done", "Not yours any more"
_TITLES = (*TITLES.values(), DONE, GONE)


def _title(task: Task, reader: Reader) -> str:
    if task.is_deleted or task.owner_id != reader.user_id:
        return GONE
    if task.status is Status.DONE:
        return DONE
    return TITLES[group_of(task.due, reader.now)]


def _row(task: Task, reader: Reader) -> Block:
    if task.is_deleted:
        return rich([words(f"#{task.number} deleted by {reader.name(task.deleted_by)}")])
    if not is_theirs(task, reader):
        return rich(not_theirs(task))
    return row(task, reader, Place(Surface.CARD, task.number))


def _listed(tasks: Sequence[Task], reader: Reader) -> str:
    return "; ".join(_said(task, reader) for task in tasks)


def _said(task: Task, reader: Reader) -> str:
    if task.is_deleted or not is_theirs(task, reader):
        return f"#{task.number}"
    return f"#{task.number} {task.title} ({facts(task, reader)})"


def _more(said: Direct, reader: Reader) -> list[Block]:
    if not said.more:
        return []
    return [context(plain(f"and {said.more} more: {reader.command} list"))]


def _settings() -> Block:
    label = "Settings: what I write to you"
    return actions(ids.block_id(Surface.WORDS, 0), settings_button(label))


def settings_button(label: str) -> Element:
    """The way to what somebody is told, and when."""
    return button("Settings", ids.SETTINGS, "settings", label)
