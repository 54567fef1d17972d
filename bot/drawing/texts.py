"""The private answers in words: what was added, what came of each number, help and welcome."""

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
from bot.drawing.cards import Names, facts, move_button, name
from bot.drawing.ids import Surface
from bot.reading.grammar import ReadTask
from bot.reading.verbs import ALIASES
from store import Channel, EventKind, Outcome, Task, Verdict

FIRST_TASK = "Try out Taskbot @me !quiet"

EXAMPLES: dict[str, tuple[str, ...]] = {
    "add": ("add Fix the login page @maya !high", "add Order cake !quiet"),
    "list": ("list", "list all here", "list @maya done", "list nobody !high login"),
    "show": ("show 12",),
    "done": ("done 12", "done 12 13"),
    "start": ("start 12",),
    "reopen": ("reopen 12",),
    "delete": ("delete 12",),
    "restore": ("restore 12",),
    "history": ("history 12",),
    "help": ("help add",),
}
"""Every verb with what one may type, the shortest first."""

_MEANINGS = {
    "add": "adds a task. More lines become its notes; !quiet leaves the card out.",
    "list": "lists tasks, mine and open ones unless you say: "
    "me @person nobody here all · todo doing open done · !high · words.",
    "show": "shows the whole task, with its notes and last changes.",
    "done": "finishes tasks, up to 20 at once.",
    "start": "takes tasks in hand; nobody's task becomes yours.",
    "reopen": "sets finished tasks back to the beginning.",
    "delete": "asks, then deletes; its creator, its assignee and admins may.",
    "restore": "brings deleted tasks back.",
    "history": "tells who did what when.",
    "help": "shows this.",
}


def added(outcome: Outcome, read: ReadTask, names: Names, channel: Channel | None) -> Message:
    """What was understood of a new task, and the way back."""
    task = outcome.task
    if task is None:
        return answer([words(f"Added #{outcome.number}.")])
    lines = [
        [words("Added "), words(f"#{task.number} ", bold=True), *typed(task.title)],
        [words(facts(task, names) + ".")],
    ]
    if read.title_was_cut:
        lines.append([words("The title was longer than 200 characters; the rest is in the notes.")])
    if task.has_card and channel and not channel.takes_cards:
        lines.append(
            [
                words("I am not in this channel. "),
                words("/invite", code=True),
                words(" me, and the next change of the task posts its card here."),
            ]
        )
    undo = move_button("Undo", ids.UNDO, task)
    return answer(*lines, below=[actions(ids.block_id(Surface.ADDED, task.number), undo)])


def moved(outcomes: Sequence[Outcome], kind: EventKind, names: Names, command: str) -> Message:
    """What came of each number, a line each."""
    return answer(*(line(outcome, kind, names, command) for outcome in outcomes))


def line(outcome: Outcome, kind: EventKind, names: Names, command: str) -> list[Element]:
    """What came of one number."""
    if outcome.task is None:
        return missing(outcome.number, command)
    subject = _subject(outcome.task)
    if outcome.verdict is Verdict.CHANGED:
        return [*subject, words(_CHANGED[kind])]
    return [*subject, *_unchanged(outcome, outcome.task, kind, names, command)]


def missing(number: int, command: str) -> list[Element]:
    """The same words whether a task never was or is not for the one who asks."""
    return [
        words(f"There is no task #{number}. Yours: "),
        words(f"{command} list", code=True),
    ]


_CHANGED = {
    EventKind.COMPLETED: " is done.",
    EventKind.STARTED: " is in progress.",
    EventKind.REOPENED: " is open again.",
    EventKind.ASSIGNED: " is yours.",
    EventKind.DELETED: " is deleted.",
    EventKind.RESTORED: " is back.",
}


def _unchanged(
    outcome: Outcome, task: Task, kind: EventKind, names: Names, command: str
) -> list[Element]:
    match outcome.verdict:
        case Verdict.ALREADY:
            return _already(task, kind, names)
        case Verdict.IS_DELETED:
            return _hint(
                f" was deleted by {name(names, task.deleted_by)}. To bring it back: ",
                f"{command} restore {task.number}",
            )
        case Verdict.REOPEN_FIRST:
            return _hint(" is done. Reopen it first: ", f"{command} reopen {task.number}")
        case Verdict.NOT_YOURS:
            return [words(_not_yours(name(names, task.creator_id)))]
        case Verdict.CHANGED_SINCE:
            return _hint(
                " was changed since. See what happened: ", f"{command} history {task.number}"
            )
        case _:
            return _hint(
                " was added more than 10 minutes ago. To delete it: ",
                f"{command} delete {task.number}",
            )


def _not_yours(creator: str) -> str:
    return f": only {creator}, who added it, the one who has it, and admins may do that."


def _already(task: Task, kind: EventKind, names: Names) -> list[Element]:
    if kind is EventKind.COMPLETED and task.completed_at:
        return [
            words(f": {name(names, task.completed_by)} finished it "),
            moment(task.completed_at),
            words("."),
        ]
    if kind is EventKind.STARTED:
        return [words(f" is in progress already, with {name(names, task.assignee_id)}.")]
    if kind is EventKind.DELETED and task.deleted_at:
        return [
            words(f": {name(names, task.deleted_by)} deleted it "),
            moment(task.deleted_at),
            words("."),
        ]
    return [
        words(
            {EventKind.REOPENED: " is open.", EventKind.ASSIGNED: " is yours already."}.get(
                kind, " is not deleted."
            )
        )
    ]


def _subject(task: Task) -> list[Element]:
    number = words(f"#{task.number}", bold=True)
    return [number] if task.is_deleted else [number, words(" "), *typed(task.title)]


def _hint(text: str, example: str) -> list[Element]:
    return [words(text), words(example, code=True)]


def ask_delete(outcomes: Sequence[Outcome], names: Names, command: str) -> Message:
    """The question before a deletion, with a pair of buttons for each task."""
    lines: list[list[Element]] = []
    below: list[Block] = []
    for outcome in outcomes:
        task = outcome.task
        if task is None or outcome.verdict is not Verdict.ALLOWED:
            lines.append(line(outcome, EventKind.DELETED, names, command))
            continue
        lines.append([words("Delete "), *_subject(task), words("?")])
        below.append(_ask_buttons(task))
    return answer(*lines, below=below)


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
    """For someone who never had a task: three examples and a button."""
    examples = [f"{command} {EXAMPLES['add'][0]}", f"{command} list all", f"{command} help"]
    return message(
        "Welcome to Taskbot. Try: " + "; ".join(examples),
        rich([words("Welcome! Taskbot keeps your team's tasks here in Slack. You have none yet.")]),
        bullets([words(example, code=True)] for example in examples),
        actions(
            ids.block_id(Surface.WORDS, 0),
            button(
                "Add a first task for me", ids.ADD_TEXT, FIRST_TASK, "Add a first task", "primary"
            ),
        ),
    )


def help_on(verb: str | None, command: str) -> Message:
    """Examples first; all verbs, or one with its other names."""
    if verb:
        others = ALIASES[verb]
        also = f" Also: {', '.join(others)}." if others else ""
        lines = [[words(f"{command} {example}", code=True)] for example in EXAMPLES[verb]]
        said = f"{command} {verb} {_MEANINGS[verb]}{also}"
        return message(said, bullets(lines), rich([words(said)]))
    lines = [
        [words(f"{command} {EXAMPLES[each][0]}", code=True), words(f" {_MEANINGS[each]}")]
        for each in ALIASES
    ]
    said = "; ".join(f"{command} {EXAMPLES[each][0]} {_MEANINGS[each]}" for each in ALIASES)
    return message(said, bullets(lines))
