"""A list as people see it: what was listed, a row a task with its button, and the pages."""

from collections.abc import Iterable
from dataclasses import replace

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    channel,
    context,
    message,
    plain,
    rich,
    section,
    spoken,
    words,
)
from bot.drawing.cards import STATES, move_button, undo_button
from bot.drawing.ids import Place, Surface
from bot.drawing.reader import NOBODY, Reader
from bot.drawing.times import due_in_short
from bot.reading.query import write_list
from store import OPEN, DueBy, Group, ListPage, ListQuery, Outcome, Priority, Status, Task

TITLES = {
    Group.OVERDUE: "Overdue",
    Group.TODAY: "Today",
    Group.WEEK: "This week",
    Group.LATER: "Later",
    Group.NEVER: "No date",
    Group.GIVEN: "Given to others",
}
"""What stands above each group of tasks, in a Home and in the digest."""


def page(
    found: ListPage, reader: Reader, note: str = "", changed: Outcome | None = None
) -> Message:
    """One page of a list with its buttons; `note` says what a click just `changed`."""
    title = headline(found.query, reader)
    place = Place(Surface.LIST, query=write_list(found.query), cursor=found.cursor)
    return message(
        _fallback(title, found.tasks, reader, note),
        *_note(note, changed, place),
        rich(title),
        *(_rows(found, reader, place) or [_empty(found.query, reader.command)]),
        *_pages(found, place),
    )


def _note(note: str, changed: Outcome | None, place: Place) -> list[Block]:
    if changed and changed.version:
        where = replace(place, number=changed.number, version=changed.version)
        return [section(note, undo_button([changed]), ids.place_id(where))]
    return [context(plain(note))] if note else []


def posted(found: ListPage, reader: Reader, posted_by: str) -> Message:
    """A page of a list for everybody in the channel."""
    who = reader.name(posted_by)
    title = headline(found.query, reader)
    query = write_list(found.query)
    place = Place(Surface.POSTED, query=query, cursor=found.cursor, posted_by=posted_by)
    return message(
        _fallback(title, found.tasks, reader, f"{who} posted a list."),
        rich(title),
        *(
            _rows(found, reader, place)
            or [context(plain("No such task that everybody here may see."))]
        ),
        context(plain(f"Posted by {who}. It shows what everybody in this channel may see.")),
    )


def headline(query: ListQuery, reader: Reader) -> list[Element]:
    """What was listed: "Open, everyone, #dev"."""
    said = [_states(query.states), _whose(query, reader)]
    if query.priority:
        said.append(f"{query.priority} priority")
    if query.due:
        said.append(_DUE[query.due])
    said += [f"“{word}”" for word in query.words]
    elements = [words(", ".join(said), bold=True)]
    if query.channel_id:
        elements += [words(", in ", bold=True), channel(query.channel_id)]
    return elements


_DUE = {
    DueBy.OVERDUE: "overdue",
    DueBy.TODAY: "due today or overdue",
    DueBy.WEEK: "due this week or overdue",
}


def _states(states: frozenset[Status]) -> str:
    if states == OPEN:
        return "Open"
    if len(states) == len(Status):
        return "Open and done"
    return " or ".join(STATES[state] for state in Status if state in states)


def _whose(query: ListQuery, reader: Reader) -> str:
    if query.owner_id and query.nobody:
        return f"made by {reader.name(query.owner_id)}, assigned to nobody"
    if query.owner_id:
        return reader.name(query.owner_id)
    return "assigned to nobody" if query.nobody else "everyone"


def _rows(found: ListPage, reader: Reader, place: Place) -> list[Block]:
    return [row(task, reader, replace(place, number=task.number)) for task in found.tasks]


def row(task: Task, reader: Reader, place: Place) -> Block:
    """One task with its button."""
    is_done = task.status is Status.DONE
    move = ("Reopen", ids.REOPEN) if is_done else ("Done", ids.DONE)
    return section(
        f"#{task.number} {task.title}\n{row_facts(task, reader)}",
        move_button(*move, task),
        ids.place_id(place),
    )


def row_facts(task: Task, reader: Reader) -> str:
    """What stands below a task's title in a row."""
    parts = [STATES[task.status], reader.name(task.assignee_id)]
    if task.due and task.status is not Status.DONE:
        parts.append(due_in_short(task.due, reader.now))
    if task.priority is not Priority.NORMAL:
        parts.append(f"{task.priority} priority")
    return " · ".join(parts)


def _empty(query: ListQuery, command: str) -> Block:
    hint = f"{command} add Fix the login page"
    if query.states == OPEN and not query.words and not query.due:
        return rich([words("Nothing here. Add a task: "), words(hint, code=True)])
    return rich(
        [words("Nothing matches. All open tasks: "), words(f"{command} list all", code=True)]
    )


def _pages(found: ListPage, place: Place) -> list[Block]:
    buttons = []
    if found.previous:
        value = ids.write_cursor(found.previous)
        buttons.append(button("Previous", ids.PREVIOUS, value, "Previous page"))
    if found.more:
        value = ids.write_cursor(found.more)
        buttons.append(button("more", ids.MORE, value, "more: next page"))
    if found.tasks:
        buttons.append(
            button("Post to channel", ids.POST_LIST, "page", "Post to channel: this list")
        )
    return [actions(ids.place_id(place), *buttons)] if buttons else []


def _fallback(title: list[Element], tasks: Iterable[Task], reader: Reader, note: str) -> str:
    said = spoken(title)
    rows = "; ".join(f"#{task.number} {task.title} ({row_facts(task, reader)})" for task in tasks)
    return f"{note + ' ' if note else ''}{said}: {rows or NOBODY + ' has one'}"
