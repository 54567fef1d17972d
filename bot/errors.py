"""Every error in words, answered where the person is looking."""

from collections.abc import Iterator
from itertools import zip_longest

import structlog
from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.clicked import NotForEverybody
from bot.drawing import forms
from bot.drawing.blocks import Element, Message, answer, words
from bot.drawing.ids import Field, UnknownButton, UnknownForm, field_id
from bot.drawing.texts import moved, no_such_task, nothing_to_undo, undone
from bot.fields import not_their_channel, refused_fields
from bot.identity import MayNotAct, NotTheirChannel
from bot.payloads import Kind, Payload
from bot.reading.errors import FieldsRefused, ReadingError
from bot.reasons import reason_of
from bot.talk import NotOpened, Talk
from bot.unread import recalls, to_copy, unread
from ops.metrics import Metrics
from store import (
    Crossed,
    NoSuchTask,
    NothingChanged,
    NothingToUndo,
    NothingUndone,
    NotInstalled,
    NotSaved,
    Outcome,
    Role,
    TaskHistory,
    TaskStore,
    Verdict,
)

log = structlog.get_logger()

_CHANNEL = field_id(Field.CHANNEL, 0)


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
            if not await self._reject(error, talk):
                await self._fail(error, talk)
        except Exception as fault:  # noqa: BLE001  # whatever it is, the person gets an answer
            await self._fail(fault, talk)
        if talk.payload.kind is Kind.EVENT and talk.outcome == "failed":
            # Slack sends an event again when it was not taken, and only then.
            talk.response = BoltResponse(status=503, body="")
        return talk.response

    async def _reject(self, error: Exception, talk: Talk) -> bool:
        """Say what the rules refuse; False for what is our fault."""
        talk.outcome, talk.reason = "rejected", reason_of(error)
        if await self._reject_in_form(error, talk):
            return True
        said = await self._rejection(error, talk)
        if said:
            talk.say(said)
        return said is not None

    async def _reject_in_form(self, error: Exception, talk: Talk) -> bool:
        """Say what is wrong in a form in that form; False for everything else."""
        match error:
            case FieldsRefused():
                talk.refuse(refused_fields(error, await talk.reader()))
            case NotTheirChannel() if _CHANNEL in forms.field_ids(talk.payload.view):
                talk.refuse({_CHANNEL: not_their_channel(talk.command)})
            case Crossed(task=task, since=since):
                reader = await talk.reader(TaskHistory(task, since))
                talk.turn_into(forms.crossed(error, reader, talk.payload.opened))
            case _:
                return False
        return True

    async def _rejection(self, error: Exception, talk: Talk) -> Message | None:
        """The words for what the rules refuse; None for what is our fault."""
        match error:
            case ReadingError():
                return unread(error, talk.payload, await talk.reader(recalls=recalls(error)))
            case NothingChanged(outcomes=outcomes, kind=kind):
                said = moved(outcomes, kind, await talk.reader(*outcomes))
                return _with_copy(said, talk.payload)
            case NothingUndone(outcomes=outcomes):
                return undone(outcomes, await talk.reader(*outcomes))
            case NothingToUndo(why=why, number=number):
                return nothing_to_undo(why, number, await talk.reader())
            case NoSuchTask(number=number):
                nothing = Outcome(number, Verdict.NO_SUCH_TASK)
                return _with_copy(no_such_task(number, await talk.reader(nothing)), talk.payload)
            case NotForEverybody(number=number):
                here = f"Not everybody here may see #{number}, so nothing was posted. For you: "
                return answer(_hint(here, talk, f"show {number}"))
            case _:
                return _stated(error, talk)

    async def _fail(self, error: Exception, talk: Talk) -> None:
        """Say what is our fault; a form stays, unless all that was filled in is saved."""
        talk.outcome, talk.reason = "failed", ""
        self._metrics.fault("listener")
        if isinstance(error, NotSaved):
            log.error("store.not_saved", reason=error.reason, reference=talk.reference)
            nothing = f"Not saved: the database is {error.reason}. Nothing was changed; try again."
        else:
            log.error("listener.failed", reference=talk.reference, exc_info=error)
            nothing = "Something went wrong on my side, and nothing was saved. Please try again."
        said = await self._what_is_saved(talk, nothing)
        message = answer(
            [words(said)],
            [words("If it stays, tell whoever runs Taskbot: "), words(talk.reference, code=True)],
            below=to_copy(talk.payload),
        )
        if said is nothing:
            talk.say_beside(message)
        else:
            talk.say(message)

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
        what = f"Saved ({numbers})" if numbers else "Saved"
        return f"{what}, but something went wrong on my side when I was to show it."


def _stated(error: Exception, talk: Talk) -> Message | None:
    """The words for what is refused whatever stands in the database."""
    match error:
        case MayNotAct(role=role):
            return answer([words(_MAY_NOT[role])])
        case NotInstalled():
            return answer([words(_NOT_INSTALLED)])
        case NotOpened(instead=instead):
            return answer(*(_hint(text, talk, one) for text, one in _in_words(instead)))
        case UnknownForm() | NotTheirChannel():
            said = "I do not know this form, so nothing was saved. Your tasks: "
            return answer(_hint(said, talk, "list"))
        case UnknownButton() | BoltUnhandledRequestError():
            what = _UNKNOWN.get(talk.payload.kind, "button")
            return answer(_hint(f"I do not know this {what}. Your tasks: ", talk, "list"))
        case _:
            return None


def _with_copy(said: Message, payload: Payload) -> Message:
    """The refusal with what was typed, to copy and mend: Slack clears the composer."""
    return Message(said.text, (*said.blocks, *to_copy(payload)))


def _hint(text: str, talk: Talk, example: str) -> list[Element]:
    return [words(text), words(f"{talk.command} {example}", code=True)]


_UNKNOWN = {Kind.SHORTCUT: "shortcut", Kind.VIEW: "form"}
"""What somebody used that no listener knows."""


def _in_words(instead: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What to type in place of a form, a line each."""
    said = "Slack did not let me open the form; nothing was changed. Try again, or type: "
    return zip_longest([said], instead, fillvalue="or: ")


_NOT_INSTALLED = (
    "Taskbot is not installed in this workspace yet, or its installation was not finished. "
    "Ask whoever runs it to start it with this workspace's token."
)

_MAY_NOT = {
    Role.OUTSIDER: "Tasks here belong to another organisation. Ask someone there to do it for you.",
    Role.BOT: "Bots cannot use Taskbot. Ask a person to do it.",
    Role.DEACTIVATED: "This account is deactivated. Ask an admin of the workspace.",
}
