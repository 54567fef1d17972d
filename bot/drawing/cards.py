"""A task as people see it: its card in the channel, and the whole of it with its history."""

from collections.abc import Iterable, Sequence

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
    link,
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
from bot.drawing.reader import Reader
from bot.drawing.times import due_for_all, due_in_full, due_on_record
from store import (
    Channel,
    Due,
    DueAt,
    EventKind,
    Outcome,
    Priority,
    Source,
    Status,
    Task,
    TaskEvent,
    TaskHistory,
    is_overdue,
)

STATES = {Status.TODO: "To do", Status.DOING: "In progress", Status.DONE: "Done"}
NOTES_SHOWN = 2_900
LAST_CHANGES = 5

_DID = {
    EventKind.CREATED: "added it",
    EventKind.ASSIGNED: "assigned it",
    EventKind.STARTED: "started it",
    EventKind.COMPLETED: "finished it",
    EventKind.REOPENED: "reopened it",
    EventKind.RENAMED: "renamed it",
    EventKind.RESCHEDULED: "took its due date away",
    EventKind.PRIORITISED: "set its priority",
    EventKind.NOTED: "added a note",
    EventKind.DELETED: "deleted it",
    EventKind.RESTORED: "brought it back",
}


def card(task: Task, reader: Reader) -> Message:
    """The card that everybody in the channel sees. A deleted one shows no title."""
    if task.is_deleted:
        return _deleted(task, reader)
    return message(
        one_line(task, reader),
        rich(headline(task)),
        _facts_for_all(task, reader),
        *_from_message(task),
        _card_buttons(task),
    )


def will_show(outcome: Outcome, channel: Channel | None) -> bool:
    """Whether a card shows what came of a request, which was made in that channel."""
    task = outcome.task
    if task is None or not task.has_card:
        return False
    is_here = channel is not None and channel.channel_id == task.channel_id
    return not is_here or (channel is not None and channel.takes_cards)


def card_for(task: Task, reader: Reader, said: str) -> Message:
    """The card of somebody who made or holds the task, below what there is to say of it."""
    if not is_theirs(task, reader):
        line = not_theirs(task)
        return message(f"{said} {spoken(line)}", rich([words(said)]), rich(line))
    if task.is_deleted:
        deleted = _deleted(task, reader)
        return message(f"{said} {deleted.text}", rich([words(said)]), *deleted.blocks)
    return message(
        f"{said} #{task.number} {task.title} ({facts(task, reader)})",
        rich([words(said)]),
        rich(headline(task)),
        _facts_for_one(task, reader),
        *_from_message(task),
        _card_buttons(task),
    )


def is_theirs(task: Task, reader: Reader) -> bool:
    """Whether the reader made it or holds it, and so may see it whatever its channel."""
    return reader.user_id in (task.creator_id, task.assignee_id)


def not_theirs(task: Task) -> list[Element]:
    """What is left to say to somebody who lost it, and perhaps may not see it any more."""
    return [words(f"#{task.number}", bold=True), words(" is not yours any more.")]


def one_line(task: Task, reader: Reader) -> str:
    """The task in one line for everybody, for notices and screen readers."""
    due = due_for_all(task.due, reader.now) if task.due else ""
    return f"#{task.number} {task.title} ({_joined(_facts(task, reader, due))})"


def facts(task: Task, reader: Reader) -> str:
    """Everything about a task but its title and notes, in one line for one person."""
    return _joined(_facts(task, reader, due_in_full(task.due, reader.now) if task.due else ""))


def understood(task: Task, reader: Reader, but: EventKind | None = None) -> str:
    """Who, when and how soon, which one may want to correct; `but` what has just been said."""
    parts = {
        EventKind.ASSIGNED: f"For {reader.name(task.assignee_id)}",
        EventKind.RESCHEDULED: due_in_full(task.due, reader.now) if task.due else "",
        EventKind.PRIORITISED: _priority(task),
    }
    return _joined([part for kind, part in parts.items() if kind is not but])


def _facts(task: Task, reader: Reader, due: str) -> list[str]:
    rest = [_priority(task), _made_by(task, reader)]
    if task.completed_at:
        done = f"{_done_by(task, reader)}, {in_utc(task.completed_at)}"
        return [done, _held_by(task, reader), *rest]
    return [STATES[task.status], _held_by(task, reader), due, *rest]


def _facts_for_all(task: Task, reader: Reader) -> Block:
    """The same as a grey line, with moments in the zone of whoever looks.

    A moment has to be an element of its own, and Slack puts nothing but a space between those.
    """
    rest = [_priority(task), _made_by(task, reader)]
    if task.completed_at:
        done = plain(f"{_done_by(task, reader)},")
        return context(done, date(task.completed_at), _further(_held_by(task, reader), *rest))
    state = plain(_joined([STATES[task.status], _held_by(task, reader)]))
    due = [_due_for_all(task.due, reader)] if task.due else []
    return context(state, *due, _further(*rest))


def _facts_for_one(task: Task, reader: Reader) -> Block:
    """The same for one person, whose clock we know: with the due date in full."""
    return (
        _facts_for_all(task, reader) if task.completed_at else context(plain(facts(task, reader)))
    )


def _due_for_all(due: Due, reader: Reader) -> Element:
    if isinstance(due, DueAt):
        return date(due.at, "· Overdue: " if is_overdue(due, reader.now) else "· Due ")
    return _further(due_for_all(due, reader.now))


def _further(*parts: str) -> Element:
    """What follows in the same line."""
    return plain(f"· {_joined(parts)}")


def _held_by(task: Task, reader: Reader) -> str:
    """Whom it is for; that it was nobody's says nothing any more once it is done."""
    return (
        f"For {reader.name(task.assignee_id)}" if task.assignee_id or not task.completed_at else ""
    )


def _made_by(task: Task, reader: Reader) -> str:
    return f"Added by {reader.name(task.creator_id)}"


def _done_by(task: Task, reader: Reader) -> str:
    return f"Done by {reader.name(task.completed_by)}"


def _priority(task: Task) -> str:
    return "" if task.priority is Priority.NORMAL else f"{task.priority} priority".capitalize()


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def whole(history: TaskHistory, reader: Reader) -> Message:
    """Everything about a task: notes, its last changes and the buttons."""
    task = history.task
    if task.is_deleted:
        return _deleted(task, reader, Surface.TASK)
    notes = [rich(typed(shortened(task.notes, NOTES_SHOWN)))] if task.notes else []
    return message(
        f"#{task.number} {task.title} ({facts(task, reader)})",
        rich(headline(task)),
        _facts_for_one(task, reader),
        *_from_message(task),
        *notes,
        bullets(_event(event, reader) for event in history.events),
        actions(
            ids.block_id(Surface.TASK, task.number),
            *_moves(task),
            edit_button(task),
            _post(task),
        ),
    )


def posted(task: Task, reader: Reader) -> Message:
    """A task shown to the others in a channel: what the card says, and its notes."""
    notes = [rich(typed(shortened(task.notes, NOTES_SHOWN)))] if task.notes else []
    return message(
        one_line(task, reader), rich(headline(task)), _facts_for_all(task, reader), *notes
    )


def past(history: TaskHistory, reader: Reader) -> Message:
    """Who did what when."""
    lines = [_event(event, reader) for event in history.events]
    older = (
        [context(plain("Earlier changes are not shown."))] if history.events[-1].version > 1 else []
    )
    said = "; ".join(_event_text(event, reader) for event in history.events)
    return message(
        f"History of {spoken(headline(history.task))}: {said}",
        rich([words("History of "), *headline(history.task)]),
        bullets(lines),
        *older,
    )


def _from_message(task: Task) -> list[Block]:
    """The way back to the message that it was made from."""
    return [rich([link(task.permalink, "From a message")])] if task.permalink else []


def headline(task: Task) -> list[Element]:
    """Number and title as a task stands on its card."""
    if task.is_deleted:
        return [words(f"#{task.number}", bold=True), words(" (deleted)")]
    struck = {"strike": True} if task.status is Status.DONE else {}
    return [words(f"#{task.number} ", bold=True), *typed(task.title, **struck)]


def _deleted(task: Task, reader: Reader, surface: Surface = Surface.CARD) -> Message:
    said = f"#{task.number} deleted by {reader.name(task.deleted_by)}"
    restore = button("Restore", ids.RESTORE, str(task.number), f"Restore #{task.number}")
    # A card has many readers; what one person reads offers only what that person may do.
    offers = surface is Surface.CARD or reader.may_delete(task)
    below = [actions(ids.block_id(surface, task.number), restore)] if offers else []
    return message(said, rich([words(said)]), *below)


def _card_buttons(task: Task) -> Block:
    options = {
        "Edit": ids.option(ids.EDIT_OPTION, task.number),
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


def edit_button(task: Task) -> Element:
    """The button that opens a task as a form."""
    return move_button("Edit", ids.EDIT, task)


def undo_button(outcomes: Sequence[Outcome]) -> Element:
    """The way back from everything that a request changed; its block says which it was."""
    numbers = ", ".join(f"#{outcome.number}" for outcome in outcomes)
    return button("Undo", ids.UNDO, str(outcomes[0].number), f"Undo: {numbers}")


def _post(task: Task) -> Element:
    return move_button("Post to channel", ids.POST_TASK, task)


def _event(event: TaskEvent, reader: Reader) -> list[Element]:
    return [words(_did(event, reader) + ", "), moment(event.at)]


def _event_text(event: TaskEvent, reader: Reader) -> str:
    return f"{_did(event, reader)}, {in_utc(event.at)}"


def _did(event: TaskEvent, reader: Reader) -> str:
    undone = " (undo)" if event.is_undo else ""
    return f"{reader.name(event.actor_id)} {_deed(event, reader)}{undone}"


def _deed(event: TaskEvent, reader: Reader) -> str:
    """What the event did, with what it changed it to."""
    match event:
        case TaskEvent(kind=EventKind.RENAMED, changes={"title": (was, became)}):
            return f"renamed it from “{shortened(was, 60)}” to “{shortened(became, 60)}”"
        case TaskEvent(kind=EventKind.PRIORITISED, changes={"priority": (_, became)}):
            return f"set its priority to {became}"
        case TaskEvent(kind=EventKind.RESCHEDULED, changes={"due": (_, became)}) if became:
            return f"set its due date to {due_on_record(became, reader.now)}"
        case TaskEvent(kind=EventKind.NOTED, changes={"notes": (was, became)}):
            return _noted(event, was, became)
        case TaskEvent(changes={"assignee_id": (_, assignee_id)}):
            return _assigned(event, assignee_id, reader)
        case _:
            return _DID[event.kind]


def _noted(event: TaskEvent, was: str, became: str) -> str:
    """A command adds to the notes; a form, and what takes it back, may change all of them."""
    if event.is_undo:
        return "took a note away" if was.startswith(became) else "changed the notes"
    return _DID[event.kind] if event.source is Source.COMMAND else "changed the notes"


def _assigned(event: TaskEvent, assignee_id: str | None, reader: Reader) -> str:
    is_assignment = event.kind is EventKind.ASSIGNED
    if assignee_id == event.actor_id:
        return "took it" if is_assignment else f"{_DID[event.kind]} and took it"
    given = f"to {reader.name(assignee_id)}"
    return f"assigned it {given}" if is_assignment else f"{_DID[event.kind]} and gave it {given}"
