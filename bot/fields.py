"""What is wrong in a form, in plain words at each field: nothing can be drawn there."""

from bot.drawing.examples import EXAMPLE_TITLE
from bot.drawing.reader import Reader
from bot.drawing.times import due_on_record
from bot.reading.due import read_due
from bot.reading.errors import (
    FieldsRefused,
    NoAnswer,
    NoTitle,
    NoWeekday,
    PastDue,
    ReadingError,
    TimeWithoutDay,
    TooLong,
)
from bot.unread import NOT_UNDERSTOOD, too_long


def refused_fields(error: FieldsRefused, reader: Reader) -> dict[str, str]:
    """The words by block_id."""
    return {block_id: _at_field(one, reader) for block_id, one in error.fields.items()}


def not_their_channel(command: str) -> str:
    """The same words whether the channel is not theirs or there is none."""
    return f"I cannot tell that you are in it. Type “{command} add {EXAMPLE_TITLE}” there instead."


def _at_field(error: ReadingError, reader: Reader) -> str:
    match error:
        case NoTitle():
            return f"The task has no title. For example: {EXAMPLE_TITLE}"
        case TooLong():
            return too_long(error)
        case TimeWithoutDay(time=at):
            return f"{at} on which day? Choose one, or take the time away."
        case PastDue(instead=instead):
            return f"That has passed. The next possible: {_in_full(instead, reader)}."
        case NoWeekday():
            return "Choose the days on which you want it, or turn the digest off."
        case NoAnswer():
            return "Answer at least one of the three questions, or close the form."
        case _:
            return NOT_UNDERSTOOD


def _in_full(instead: str, reader: Reader) -> str:
    """Words that are read as a due date, and which date that is."""
    due = read_due(instead.split(), reader.now)
    return f"{instead}, {due_on_record(due, reader.now)}" if due else instead
