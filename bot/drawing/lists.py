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
from bot.drawing.cards import NOBODY, STATES, Names, move_button, name
from bot.drawing.ids import Place, Surface
from bot.reading.grammar import write_list
from store import OPEN, ListPage, ListQuery, Priority, Status, Task


def page(found: ListPage, names: Names, command: str, note: str = "") -> Message:
    """One page of a list with its buttons; `note` says what a click just did."""
    title = headline(found.query, names)
    place = Place(Surface.LIST, query=write_list(found.query), cursor=found.cursor)
    return message(
        _fallback(title, found.tasks, names, note),
        *([context(plain(note))] if note else []),
        rich(title),
        *(_rows(found, names, place) or [_empty(found.query, command)]),
        *_pages(found, place),
    )


def posted(found: ListPage, names: Names, posted_by: str) -> Message:
    """A page of a list for everybody in the channel."""
    who = name(names, posted_by)
    title = headline(found.query, names)
    query = write_list(found.query)
    place = Place(Surface.POSTED, query=query, cursor=found.cursor, posted_by=posted_by)
    return message(
        _fallback(title, found.tasks, names, f"{who} posted a list."),
        rich(title),
        *(
            _rows(found, names, place)
            or [context(plain("No such task that everybody here may see."))]
        ),
        context(plain(f"Posted by {who}. It shows what everybody in this channel may see.")),
    )


def headline(query: ListQuery, names: Names) -> list[Element]:
    """What was listed: "Open, everyone, #dev"."""
    said = [_states(query.states), _whose(query, names)]
    if query.priority:
        said.append(f"{query.priority} priority")
    said += [f"“{word}”" for word in query.words]
    elements = [words(", ".join(said), bold=True)]
    if query.channel_id:
        elements += [words(", in ", bold=True), channel(query.channel_id)]
    return elements


def _states(states: frozenset[Status]) -> str:
    if states == OPEN:
        return "Open"
    if len(states) == len(Status):
        return "Open and done"
    return " or ".join(STATES[state] for state in Status if state in states)


def _whose(query: ListQuery, names: Names) -> str:
    if query.owner_id and query.nobody:
        return f"made by {name(names, query.owner_id)}, assigned to nobody"
    if query.owner_id:
        return name(names, query.owner_id)
    return "assigned to nobody" if query.nobody else "everyone"


def _rows(found: ListPage, names: Names, place: Place) -> list[Block]:
    return [_row(task, names, replace(place, number=task.number)) for task in found.tasks]


def _row(task: Task, names: Names, place: Place) -> Block:
    is_done = task.status is Status.DONE
    move = ("Reopen", ids.REOPEN) if is_done else ("Done", ids.DONE)
    return section(
        f"#{task.number} {task.title}\n{_facts(task, names)}",
        move_button(*move, task),
        ids.list_id(place),
    )


def _facts(task: Task, names: Names) -> str:
    parts = [STATES[task.status], name(names, task.assignee_id)]
    if task.priority is not Priority.NORMAL:
        parts.append(f"{task.priority} priority")
    return " · ".join(parts)


def _empty(query: ListQuery, command: str) -> Block:
    hint = f"{command} add Fix the login page"
    if query.states == OPEN and not query.words:
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
        buttons.append(button("more", ids.MORE, value, "Next page"))
    if found.tasks:
        buttons.append(button("Post to channel", ids.POST_LIST, "page", "Post this list"))
    return [actions(ids.list_id(place), *buttons)] if buttons else []


def _fallback(title: list[Element], tasks: Iterable[Task], names: Names, note: str) -> str:
    said = spoken(title)
    rows = "; ".join(f"#{task.number} {task.title} ({_facts(task, names)})" for task in tasks)
    return f"{note + ' ' if note else ''}{said}: {rows or NOBODY + ' has one'}"
