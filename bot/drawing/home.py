"""Somebody's App Home: their open tasks by when they are due, and those that others hold."""

from typing import Any

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    header,
    plain,
    rich,
    section,
    spoken,
    words,
)
from bot.drawing.cards import headline, move_button, undo_button
from bot.drawing.directs import settings_button
from bot.drawing.feedback import feedback_button
from bot.drawing.ids import Place, Surface
from bot.drawing.lists import TITLES, row_facts
from bot.drawing.reader import Reader
from bot.drawing.texts import line as moved_line
from bot.drawing.texts import undone_line, welcome
from bot.drawing.times import stamp
from store import HomeChange, HomePage, Outcome, Status, Task, Verdict


def home(found: HomePage, reader: Reader, said: Message | None = None) -> dict[str, Any]:
    """A page of somebody's Home; `said` is the answer to what they just clicked there."""
    return {
        "type": "home",
        "blocks": [
            context(plain(f"Your tasks, as of {stamp(reader.now)}")),
            _tab_buttons(),
            *_top(found, reader, said),
            *(_groups(found, reader) or _empty(found, reader)),
            *_pages(found),
        ],
    }


def _tab_buttons() -> Block:
    return actions(
        ids.place_id(Place(Surface.HOME, query="tab")),
        button("New task", ids.NEW, "new", "New task", "primary"),
        settings_button("Settings: what I write to you"),
        feedback_button("Feedback", "Feedback: three questions about Taskbot"),
    )


def _top(found: HomePage, reader: Reader, said: Message | None) -> list[Block]:
    """One thing at a time: what was just said, or what they last did, with the way back."""
    if said:
        # The buttons of an answer belong to messages; those of the Home stand below.
        return [block for block in said.blocks if block["type"] != "actions"]
    return [_changed(found.changed, reader)] if found.changed else []


def _changed(changed: HomeChange, reader: Reader) -> Block:
    task = changed.task
    outcome = Outcome(task.number, Verdict.CHANGED, task, task.version)
    if changed.is_undo:
        return rich(undone_line(outcome, reader))
    place = Place(Surface.HOME, task.number, task.version)
    told = spoken(moved_line(outcome, changed.kind, reader))
    return section(told, undo_button([outcome]), ids.place_id(place))


def _groups(found: HomePage, reader: Reader) -> list[Block]:
    blocks: list[Block] = []
    for group, tasks in found.groups:
        blocks.append(header(TITLES[group]))
        for task in tasks:
            blocks += _row(task, reader)
    return blocks


def _row(task: Task, reader: Reader) -> list[Block]:
    moves = [move_button("Done", ids.DONE, task)]
    if task.status is Status.TODO:
        moves.append(move_button("Start", ids.START, task))
    moves.append(move_button("Edit", ids.EDIT, task))
    return [
        rich(headline(task)),
        context(plain(row_facts(task, reader))),
        actions(ids.block_id(Surface.HOME, task.number), *moves),
    ]


def _empty(found: HomePage, reader: Reader) -> list[Block]:
    if found.ever_had:
        hint = f"{reader.command} add Fix the login page"
        return [rich([words("Nothing is open. Add a task: "), words(hint, code=True)])]
    return list(welcome(reader.command).blocks)


def _pages(found: HomePage) -> list[Block]:
    buttons = []
    if found.page > 1:
        value = str(found.page - 1)
        buttons.append(button("Previous", ids.HOME_PREVIOUS, value, "Previous page"))
    if found.has_more:
        buttons.append(button("more", ids.HOME_MORE, str(found.page + 1), "more: next page"))
    return [actions(ids.place_id(Place(Surface.HOME, query="pages")), *buttons)] if buttons else []
