"""A task as people see it: its card in the channel, and the whole of it with its history."""

from collections.abc import Mapping

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    actions,
    bullets,
    button,
    context,
    date,
    in_utc,
    menu,
    message,
    moment,
    plain,
    rich,
    shortened,
    spoken,
    typed,
    words,
)
from bot.drawing.ids import Surface
from store import Priority, Status, Task, TaskEvent, TaskHistory

Names = Mapping[str, str]
"""The names of people by user id."""

STATES = {Status.TODO: "To do", Status.DOING: "In progress", Status.DONE: "Done"}
NOBODY = "nobody"
SOMEBODY = "somebody"
NAME_MAX = 80
NOTES_SHOWN = 2_900
LAST_CHANGES = 5

_DID = {
    "created": "added it",
    "assigned": "assigned it",
    "started": "started it",
    "completed": "finished it",
    "reopened": "reopened it",
    "deleted": "deleted it",
    "restored": "brought it back",
}


def name(names: Names, user_id: str | None) -> str:
    """The name of a person; nobody is nobody, and one whom we cannot name is somebody."""
    return shortened(names.get(user_id) or SOMEBODY, NAME_MAX) if user_id else NOBODY


def card(task: Task, names: Names) -> Message:
    """The card that everybody in the channel sees. A deleted one shows no title."""
    if task.is_deleted:
        return _deleted(task, names)
    return message(
        one_line(task, names),
        rich(_headline(task)),
        _facts(task, names),
        _card_buttons(task),
    )


def one_line(task: Task, names: Names) -> str:
    """The task in one line, for notices and screen readers."""
    return f"#{task.number} {task.title} ({facts(task, names)})"


def facts(task: Task, names: Names) -> str:
    """Everything about a task but its title and notes, in one line."""
    state = STATES[task.status]
    if task.completed_at:
        state = f"{_done_by(task, names)}, {in_utc(task.completed_at)}"
    return " · ".join([state, _people(task, names)])


def _facts(task: Task, names: Names) -> Block:
    """The same as a grey line, with moments in the reader's zone."""
    if task.completed_at is None:
        return context(plain(facts(task, names)))
    return context(
        plain(_done_by(task, names)), date(task.completed_at), plain(_people(task, names))
    )


def _done_by(task: Task, names: Names) -> str:
    return f"Done by {name(names, task.completed_by)}"


def _people(task: Task, names: Names) -> str:
    priority = "" if task.priority is Priority.NORMAL else f"{task.priority} priority".capitalize()
    parts = (
        f"For {name(names, task.assignee_id)}",
        priority,
        f"Added by {name(names, task.creator_id)}",
    )
    return " · ".join(part for part in parts if part)


def whole(history: TaskHistory, names: Names) -> Message:
    """Everything about a task: notes, its last changes and the buttons."""
    task = history.task
    if task.is_deleted:
        return _deleted(task, names, Surface.TASK)
    notes = [rich(typed(shortened(task.notes, NOTES_SHOWN)))] if task.notes else []
    return message(
        one_line(task, names),
        rich(_headline(task)),
        _facts(task, names),
        *notes,
        bullets(_event(event, names) for event in history.events),
        actions(
            ids.block_id(Surface.TASK, task.number),
            *_moves(task),
            _post(task),
        ),
    )


def posted(task: Task, names: Names) -> Message:
    """A task shown to the others in a channel: what the card says, and its notes."""
    notes = [rich(typed(shortened(task.notes, NOTES_SHOWN)))] if task.notes else []
    return message(one_line(task, names), rich(_headline(task)), _facts(task, names), *notes)


def past(history: TaskHistory, names: Names) -> Message:
    """Who did what when."""
    lines = [_event(event, names) for event in history.events]
    older = (
        [context(plain("Earlier changes are not shown."))] if history.events[-1].version > 1 else []
    )
    said = "; ".join(_event_text(event, names) for event in history.events)
    return message(
        f"History of {spoken(_headline(history.task))}: {said}",
        rich([words("History of "), *_headline(history.task)]),
        bullets(lines),
        *older,
    )


def _headline(task: Task) -> list[Element]:
    if task.is_deleted:
        return [words(f"#{task.number}", bold=True), words(" (deleted)")]
    struck = {"strike": True} if task.status is Status.DONE else {}
    return [words(f"#{task.number} ", bold=True), *typed(task.title, **struck)]


def _deleted(task: Task, names: Names, surface: Surface = Surface.CARD) -> Message:
    said = f"#{task.number} deleted by {name(names, task.deleted_by)}"
    restore = button("Restore", ids.RESTORE, str(task.number), f"Restore #{task.number}")
    return message(
        said,
        rich([words(said)]),
        actions(ids.block_id(surface, task.number), restore),
    )


def _card_buttons(task: Task) -> Block:
    options = {
        "Assign to me": ids.option(ids.TAKE_OPTION, task.number),
        "Delete": ids.option(ids.DELETE_OPTION, task.number),
    }
    return actions(ids.block_id(Surface.CARD, task.number), *_moves(task), menu(ids.MENU, options))


def _moves(task: Task) -> list[Element]:
    if task.status is Status.DONE:
        return [move_button("Reopen", ids.REOPEN, task)]
    moves = [move_button("Done", ids.DONE, task, "primary")]
    if task.status is Status.TODO:
        moves.append(move_button("Start", ids.START, task))
    return moves


def move_button(text: str, action_id: str, task: Task, style: str | None = None) -> Element:
    """A button that moves a task, named for a screen reader by the task's title."""
    return button(text, action_id, str(task.number), f"{text}: #{task.number} {task.title}", style)


def _post(task: Task) -> Element:
    return move_button("Post to channel", ids.POST_TASK, task)


def _event(event: TaskEvent, names: Names) -> list[Element]:
    return [words(_did(event, names) + ", "), moment(event.at)]


def _event_text(event: TaskEvent, names: Names) -> str:
    return f"{_did(event, names)}, {in_utc(event.at)}"


def _did(event: TaskEvent, names: Names) -> str:
    who = name(names, event.actor_id)
    assignee = event.changes.get("assignee_id")
    if assignee is None:
        return f"{who} {_DID[event.kind]}"
    if assignee[1] == event.actor_id:
        taken = "took it" if event.kind == "assigned" else f"{_DID[event.kind]} and took it"
        return f"{who} {taken}"
    return f"{who} {_DID[event.kind]} to {name(names, assignee[1])}"
