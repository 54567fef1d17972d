"""The private answers in words: what was added, what came of each number, and questions."""

from collections.abc import Sequence

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    actions,
    answer,
    bullets,
    button,
    message,
    moment,
    rich,
    typed,
    words,
)
from bot.drawing.cards import edit_button, facts, move_button, understood, undo_button
from bot.drawing.examples import EXAMPLES, UNDO_MINUTES
from bot.drawing.ids import Place, Surface
from bot.drawing.reader import Reader
from bot.drawing.times import due_in_full, stamp
from bot.reading.grammar import ReadTask
from bot.reading.line import Left
from store import NOTES_MAX, TITLE_MAX, Channel, EventKind, Outcome, Status, Task, Verdict

FIRST_TASK = "Try out Taskbot @me !quiet"


def added(outcome: Outcome, read: ReadTask, reader: Reader, channel: Channel | None) -> Message:
    """What was understood of a new task, and the way back."""
    task = outcome.task
    if task is None:
        return answer([words(f"Added #{outcome.number}.")])
    lines = [
        [words("Added "), words(f"#{task.number} ", bold=True), *typed(task.title)],
        [words(understood(task, reader) + ".")],
    ]
    if read.title_was_cut:
        cut = f"The title was longer than {TITLE_MAX} characters; the rest is in the notes."
        lines.append([words(cut)])
    if read.left:
        lines.append(_left(read.left, task, reader))
    if task.has_card and channel and not channel.takes_cards:
        lines.append(_invite())
    return answer(*lines, below=_undo([outcome], edit_button(task)))


def edited(outcome: Outcome, reader: Reader) -> Message:
    """What a form made of a task, and the way back."""
    task = outcome.task
    if task is None:
        return answer([words(f"Saved #{outcome.number}.")])
    saved = [words("Saved: "), *_subject(task)]
    return answer(saved, [words(facts(task, reader) + ".")], below=_undo([outcome]))


_MADE_OF_IT = {
    "due": "To make it the due date: ",
    "priority": "To set its priority: ",
    "assign": "To assign it: ",
}


def _left(left: Left, task: Task, reader: Reader) -> list[Element]:
    made_of_it = _MADE_OF_IT[left.verb]
    return _hint(
        f"“{left.words}” stayed in the title. {made_of_it}",
        f"{reader.command} {left.verb} {task.number} {left.example}",
    )


def _invite() -> list[Element]:
    return [
        words("I am not in this channel. "),
        words("/invite", code=True),
        words(" me, and the next change of the task posts its card here."),
    ]


def moved(outcomes: Sequence[Outcome], kind: EventKind, reader: Reader) -> Message:
    """What came of each number, a line each, and the way back."""
    lines = [line(outcome, kind, reader) for outcome in outcomes]
    return answer(*lines, *_recalled(outcomes, reader), below=_undo(outcomes))


def undone(outcomes: Sequence[Outcome], reader: Reader) -> Message:
    """What of a request was taken back, and what was left because others changed it since."""
    lines = [undone_line(outcome, reader) for outcome in outcomes]
    return answer(*lines, *_recalled(outcomes, reader))


def undone_line(outcome: Outcome, reader: Reader) -> list[Element]:
    """What of one task was taken back."""
    task = outcome.task
    if task is None:
        return missing(outcome.number, reader)
    if outcome.verdict is Verdict.CHANGED:
        now = " is deleted" if task.is_deleted else f"\n{facts(task, reader)}"
        return [words("Undone: "), *_subject(task), words(f"{now}.")]
    if outcome.verdict is Verdict.ALREADY:
        return [*_subject(task), words(" was taken back already.")]
    return [*_subject(task), *_refused(outcome.verdict, task, reader)]


def nothing_to_undo(why: str, number: int | None, reader: Reader) -> Message:
    """Why there is nothing that can be taken back, and what one can do instead."""
    match why:
        case "is_undo":
            said = "Your last change was an undo, and an undo is not undone. What happened: "
        case "too_late":
            said = f"That is more than {UNDO_MINUTES} minutes ago, so it stays. What happened: "
        case _:
            return answer(
                _hint("There is nothing of yours to undo. Your tasks: ", f"{reader.command} list")
            )
    return answer(_hint(said, f"{reader.command} history {number}"))


def line(outcome: Outcome, kind: EventKind, reader: Reader) -> list[Element]:
    """What came of one number."""
    task = outcome.task
    if task is None and outcome.verdict is Verdict.CHANGED:
        return [words(f"#{outcome.number}", bold=True), words(" was changed as you asked.")]
    if task is None:
        return missing(outcome.number, reader)
    subject = _subject(task)
    if outcome.verdict is Verdict.CHANGED:
        return [*subject, words(_changed(task, kind, reader) + _tail(task, kind, reader))]
    if outcome.verdict is Verdict.ALREADY:
        return [*subject, *_already(task, kind, reader)]
    return [*subject, *_refused(outcome.verdict, task, reader)]


def missing(number: int, reader: Reader) -> list[Element]:
    """The same words whether a task never was or is not for the one who asks."""
    return _hint(f"There is no task #{number}. Yours: ", f"{reader.command} list")


def no_such_task(number: int, reader: Reader) -> Message:
    """The same, with the tasks that may have been meant."""
    return answer(missing(number, reader), *last_tasks(reader))


def _recalled(outcomes: Sequence[Outcome], reader: Reader) -> list[list[Element]]:
    is_missing = any(outcome.verdict is Verdict.NO_SUCH_TASK for outcome in outcomes)
    return last_tasks(reader) if is_missing else []


def last_tasks(reader: Reader) -> list[list[Element]]:
    """The reader's last tasks, one of which may have been meant."""
    if not reader.latest:
        return []
    named = [
        [words("Your last tasks: " if at == 0 else "; "), *_subject(task)]
        for at, task in enumerate(reader.latest)
    ]
    return [[element for elements in named for element in elements]]


def _changed(task: Task, kind: EventKind, reader: Reader) -> str:
    """What the change made of the task, as it is now."""
    match kind:
        case EventKind.ASSIGNED:
            return f" is {_whose(task, reader)}."
        case EventKind.RESCHEDULED:
            return f" {_due(task, reader)}."
        case EventKind.PRIORITISED:
            return f" has {task.priority} priority."
        case _:
            return _CHANGED[kind]


_CHANGED = {
    EventKind.CREATED: " is added.",
    EventKind.COMPLETED: " is done.",
    EventKind.STARTED: " is in progress.",
    EventKind.REOPENED: " is open again.",
    EventKind.RENAMED: " is its title now.",
    EventKind.NOTED: " has a new note.",
    EventKind.DELETED: " is deleted.",
    EventKind.RESTORED: " is back.",
}


def _due(task: Task, reader: Reader) -> str:
    if task.due is None:
        return "has no due date"
    said = due_in_full(task.due, reader.now)
    return f"is {said[0].lower()}{said[1:]}"


def _whose(task: Task, reader: Reader) -> str:
    if task.assignee_id == reader.user_id:
        return "yours"
    if task.assignee_id is None:
        return "nobody's"
    return f"for {reader.name(task.assignee_id)}"


def _tail(task: Task, kind: EventKind, reader: Reader) -> str:
    """Who, when and how soon, as long as there is something left to do."""
    is_over = kind in {EventKind.COMPLETED, EventKind.DELETED} or task.is_deleted
    rest = understood(task, reader, but=kind)
    return "" if is_over or not rest or task.status is Status.DONE else f" {rest}."


def _refused(verdict: Verdict, task: Task, reader: Reader) -> list[Element]:
    match verdict:
        case Verdict.IS_DELETED:
            said = f" was deleted by {reader.name(task.deleted_by)}. "
            if reader.may_delete(task):
                return _hint(f"{said}To bring it back: ", f"{reader.command} restore {task.number}")
            return [words(f"{said}Its creator, its assignee or an admin can bring it back.")]
        case Verdict.REOPEN_FIRST:
            said = " is done. Reopen it first: "
            return _hint(said, f"{reader.command} reopen {task.number}")
        case Verdict.NO_ROOM:
            said = f": its notes are full, they hold {NOTES_MAX:,} characters. Instead: "
            return _hint(said, f"{reader.command} add More on #{task.number}")
        case Verdict.CHANGED_SINCE:
            said = " was changed since. See what happened: "
            return _hint(said, f"{reader.command} history {task.number}")
        case _:
            creator = reader.name(task.creator_id)
            said = f": only {creator}, who added it, the one who has it, and admins may do that."
            return [words(said)]


def _already(task: Task, kind: EventKind, reader: Reader) -> list[Element]:
    if kind is EventKind.COMPLETED and task.completed_at:
        who = reader.name(task.completed_by)
        return [words(f": {who} finished it "), moment(task.completed_at), words(".")]
    if kind is EventKind.DELETED and task.deleted_at:
        who = reader.name(task.deleted_by)
        return [words(f": {who} deleted it "), moment(task.deleted_at), words(".")]
    return [words(_stands(task, kind, reader))]


def _stands(task: Task, kind: EventKind, reader: Reader) -> str:
    """That it is so already."""
    match kind:
        case EventKind.STARTED:
            return f" is in progress already, with {reader.name(task.assignee_id)}."
        case EventKind.REOPENED:
            return " is open."
        case EventKind.ASSIGNED:
            return f" is {_whose(task, reader)} already."
        case EventKind.RESCHEDULED:
            return f" {_due(task, reader)} already."
        case EventKind.PRIORITISED:
            return f" has {task.priority} priority already."
        case EventKind.RENAMED:
            return " has that title already."
        case _:
            return " is not deleted."


def _subject(task: Task) -> list[Element]:
    number = words(f"#{task.number}", bold=True)
    return [number] if task.is_deleted else [number, words(" "), *typed(task.title)]


def _hint(text: str, example: str) -> list[Element]:
    return [words(text), words(example, code=True)]


def _undo(outcomes: Sequence[Outcome], *beside: Element) -> list[Block]:
    """The button that takes back everything that was changed, if anything was."""
    changed = [outcome for outcome in outcomes if outcome.version]
    if not changed:
        return []
    place = Place(Surface.ANSWER, changed[0].number, changed[0].version)
    return [actions(ids.place_id(place), *beside, undo_button(changed))]


def note_entry(text: str, reader: Reader) -> str:
    """What is added to the notes: who says it and when, and the text."""
    return f"{reader.name(reader.user_id)}, {stamp(reader.now)}: {text}"


def ask_delete(outcomes: Sequence[Outcome], reader: Reader) -> Message:
    """The question before a deletion, with a pair of buttons for each task."""
    lines: list[list[Element]] = []
    below: list[Block] = []
    for outcome in outcomes:
        task = outcome.task
        if task is None or outcome.verdict is not Verdict.ALLOWED:
            lines.append(line(outcome, EventKind.DELETED, reader))
            continue
        lines.append([words("Delete "), *_subject(task), words("?")])
        below.append(_ask_buttons(task))
    return answer(*lines, *_recalled(outcomes, reader), below=below)


def _ask_buttons(task: Task) -> Block:
    return actions(
        ids.block_id(Surface.ASKED, task.number),
        move_button(f"Delete #{task.number}", ids.DELETE, task, "danger"),
        move_button("Keep", ids.KEEP, task),
    )


def kept(number: int) -> Message:
    """The answer to a question that was answered with no."""
    return answer([words(f"#{number} stays.")])


def welcome(command: str) -> Message:
    """For someone who never had a task: three examples and a button. A Home shows it, too."""
    examples = [f"{command} {EXAMPLES['add'][0]}", f"{command} list all", f"{command} help"]
    return message(
        "Welcome to Taskbot. Try: " + "; ".join(examples),
        rich([words("Welcome! Taskbot keeps your team's tasks here in Slack. You have none yet.")]),
        bullets([words(example, code=True)] for example in examples),
        actions(
            ids.block_id(Surface.WORDS, 0),
            button(
                "Add a first task for me",
                ids.ADD_TEXT,
                FIRST_TASK,
                "Add a first task for me",
                "primary",
            ),
        ),
    )
