"""Every error in words, answered where the person is looking."""

import structlog
from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.clicked import NotForEverybody
from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    actions,
    answer,
    button,
    preformatted,
    shortened,
    words,
)
from bot.drawing.ids import Surface, UnknownButton
from bot.drawing.texts import EXAMPLES, missing, moved
from bot.identity import MayNotAct
from bot.payloads import Kind, Payload
from bot.reading.errors import (
    NoNumber,
    NotANumber,
    NoTitle,
    OneNumberOnly,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    TooLong,
    TooManyNumbers,
    UnknownVerb,
)
from bot.reading.normal import RAW_MAX, decode
from bot.talk import Talk
from ops.metrics import Metrics
from store import NoSuchTask, NothingChanged, NotInstalled, NotSaved, Role, TaskStore

log = structlog.get_logger()

BUTTON_VALUE_MAX = 2_000
COPY_MAX = 8_000
"""Slack takes about 11,000 characters of blocks in a message."""


class Errors:
    """Answers every error that a request ends in, and notes what came of it."""

    def __init__(self, tasks: TaskStore, metrics: Metrics) -> None:
        self._tasks = tasks
        self._metrics = metrics

    async def answer(self, error: Exception, talk: Talk) -> BoltResponse:
        """Say it in words; ours with a reference that stands in the log."""
        if isinstance(error, BoltUnhandledRequestError) and talk.payload.kind is Kind.EVENT:
            return talk.response
        try:
            said = await self._rejection(error, talk) or await self._fault(error, talk)
        except Exception as fault:  # noqa: BLE001  # whatever it is, the person gets an answer
            said = await self._fault(fault, talk)
        if talk.payload.kind is Kind.EVENT and talk.outcome == "failed":
            # Slack sends an event again when it was not taken, and only then.
            talk.response = BoltResponse(status=503, body="")
        talk.say(said)
        return talk.response

    async def _rejection(self, error: Exception, talk: Talk) -> Message | None:
        """The words for what the rules refuse; None for what is our fault."""
        talk.outcome = "rejected"
        match error:
            case ReadingError():
                return unread(error, talk.payload, talk.command)
            case NothingChanged(outcomes=outcomes, kind=kind):
                return moved(outcomes, kind, await talk.names(outcomes), talk.command)
            case NoSuchTask(number=number):
                return answer(missing(number, talk.command))
            case NotForEverybody(number=number):
                said = f"Not everybody here may see #{number}, so nothing was posted. For you: "
                return answer(_hint(said, talk, f"show {number}"))
            case MayNotAct(role=role):
                return answer([words(_MAY_NOT[role])])
            case NotInstalled():
                return answer([words(_NOT_INSTALLED)])
            case UnknownButton() | BoltUnhandledRequestError():
                return answer(_hint("I do not know this button. Your tasks: ", talk, "list"))
            case _:
                return None

    async def _fault(self, error: Exception, talk: Talk) -> Message:
        talk.outcome = "failed"
        self._metrics.errors.labels("listener").inc()
        if isinstance(error, NotSaved):
            log.error("store.not_saved", reason=error.reason, reference=talk.reference)
            nothing = f"Not saved: the database is {error.reason}. Nothing was changed; try again."
        else:
            log.error("listener.failed", reference=talk.reference, exc_info=error)
            nothing = "Something went wrong on my side, and nothing was saved. Please try again."
        said = await self._what_is_saved(talk, nothing)
        return answer(
            [words(said)],
            [words("If it stays, tell whoever runs Taskbot: "), words(talk.reference, code=True)],
            below=_to_copy(talk.payload),
        )

    async def _what_is_saved(self, talk: Talk, nothing: str) -> str:
        """What the database says of a request that failed, so that no answer contradicts it."""
        payload = talk.payload
        try:
            saved = await self._tasks.saved_by(payload.team_id, payload.request_key)
        except Exception:
            log.exception("listener.outcome_unknown", reference=talk.reference)
            return "Something went wrong on my side. Look at your list before you try again."
        if saved is None:
            return nothing
        numbers = ", ".join(f"#{number}" for number in saved)
        return f"Saved ({numbers}), but something went wrong on my side when I was to show it."


def unread(error: ReadingError, payload: Payload, command: str) -> Message:
    """What was not understood, with an example that is, and the text to mend."""
    match error:
        case UnknownVerb(word=word, nearest=nearest, text=text):
            return _unknown_verb(word, nearest, text, payload, command)
        case SeveralPeople(names=names, choices=choices):
            return _several_people(names, choices, payload, command)
        case _:
            said, example = _said(error)
            return answer(
                [words(said + " Example: "), words(f"{command} {example}", code=True)],
                below=_to_copy(payload),
            )


def _said(error: ReadingError) -> tuple[str, str]:
    """The sentence, and an example that would have been understood."""
    match error:
        case NoTitle():
            return "The task has no title.", EXAMPLES["add"][0]
        case TooLong(what="notes", length=length, limit=limit):
            said = f"The notes have {length:,} characters; a task holds {limit:,}."
            return said, EXAMPLES["add"][0]
        case TooLong(what="text", length=length, limit=limit):
            return f"The text has {length:,} characters; I read {limit:,}.", EXAMPLES["add"][0]
        case TooLong(limit=limit):
            return f"That search is too long: at most {limit} characters.", EXAMPLES["list"][2]
        case PersonNotPicked(name=name):
            said = f"I cannot tell who {name} is. Type @ and pick the person from Slack's list."
            return said, EXAMPLES["add"][0]
        case NoNumber(verb=verb):
            return f"Which task? {verb} needs a number.", EXAMPLES[verb][0]
        case NotANumber(verb=verb, word=word):
            return f"“{shortened(word, 40)}” is no task number.", EXAMPLES[verb][0]
        case TooManyNumbers(verb=verb, count=count, limit=limit):
            return f"{count} numbers at once; {limit} fit.", EXAMPLES[verb][0]
        case OneNumberOnly(verb=verb, number=number):
            return f"{verb} takes one number.", f"{verb} {number}"
        case _:
            return "I did not understand that.", EXAMPLES["help"][0]


def _unknown_verb(
    word: str, nearest: str | None, text: str, payload: Payload, command: str
) -> Message:
    shown = shortened(decode(word[:RAW_MAX]).text, 40)
    said = [words(f"I do not know “{shown}”. ")]
    if nearest:
        said += [words("Did you mean "), words(f"{command} {nearest}", code=True), words("? ")]
    said += [words("All that I know: "), words(f"{command} help", code=True)]
    return answer(said, below=[*_to_copy(payload), *_add_buttons([("Add as a task", text)])])


def _several_people(
    names: tuple[str, ...], choices: tuple[str, ...], payload: Payload, command: str
) -> Message:
    both = " or ".join(f"@{name}" for name in names[:2])
    said = f"A task has one assignee, a list is of one person: {both}? Example: "
    labelled = zip((f"For {name}" for name in names), choices, strict=False)
    return answer(
        [words(said), words(f"{command} {EXAMPLES['add'][0]}", code=True)],
        below=[*_to_copy(payload), *_add_buttons(list(labelled))],
    )


def _add_buttons(choices: list[tuple[str, str]]) -> list[Block]:
    """A button for each text that fits into one, which adds it as a task."""
    fitting = [(label, text) for label, text in choices if len(text) <= BUTTON_VALUE_MAX]
    return [
        actions(
            ids.block_id(Surface.WORDS, at),
            button(label, ids.ADD_TEXT, text, f"{label}: {decode(text).text}"),
        )
        for at, (label, text) in enumerate(fitting)
    ]


def _to_copy(payload: Payload) -> list[Block]:
    """The typed text to copy and mend: Slack clears the composer."""
    if payload.kind is not Kind.COMMAND or not payload.text:
        return []
    text = shortened(f"{payload.command} {decode(payload.text[:RAW_MAX]).text}", COPY_MAX)
    return [preformatted(text)]


def _hint(text: str, talk: Talk, example: str) -> list[Element]:
    return [words(text), words(f"{talk.command} {example}", code=True)]


_NOT_INSTALLED = (
    "Taskbot is not installed in this workspace yet, or its installation was not finished. "
    "Ask whoever runs it to start it with this workspace's token."
)

_MAY_NOT = {
    Role.OUTSIDER: "This task belongs to another organisation. Ask someone there to change it.",
    Role.BOT: "Bots cannot use Taskbot. Ask a person to do it.",
    Role.DEACTIVATED: "This account is deactivated. Ask an admin of the workspace.",
}
