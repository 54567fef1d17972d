"""What cannot be read, as facts without sentences: the words for them stand in `bot.unread`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CHOICE_MAX = 2_000
"""A text longer than this fits into no button, and is not offered."""


class ReadingError(Exception):
    """Any text that was not understood."""


@dataclass(eq=False)
class UnknownVerb(ReadingError):
    """The first word is no verb; `nearest` is the one that it may have been meant to be."""

    word: str
    nearest: str | None
    text: str


@dataclass(eq=False)
class NoTitle(ReadingError):
    """Nothing is left of the line that could be a title."""


@dataclass(eq=False)
class TooLong(ReadingError):
    """A text is longer than what it is for can hold."""

    what: Literal["notes", "text", "search", "title", "answer"]
    length: int
    limit: int


@dataclass(eq=False)
class PersonNotPicked(ReadingError):
    """An `@name` was typed, but Slack did not make a person of it."""

    name: str


@dataclass(eq=False)
class SeveralPeople(ReadingError):
    """More than one person stands where one can be.

    `example`: a command with only one of them; `choices`: texts for `add` with one each.
    """

    names: tuple[str, ...]
    example: str
    choices: tuple[str, ...] = ()


@dataclass(eq=False)
class NoNumber(ReadingError):
    """A verb that needs task numbers has none."""

    verb: str


@dataclass(eq=False)
class NotANumber(ReadingError):
    """A word stands where a task number should."""

    verb: str
    word: str


@dataclass(eq=False)
class TooManyNumbers(ReadingError):
    """More task numbers at once than one answer can hold; `first` are as many as fit."""

    verb: str
    count: int
    first: tuple[int, ...]


@dataclass(eq=False)
class OneNumberOnly(ReadingError):
    """A verb that is about one task has several numbers."""

    verb: str
    number: int


@dataclass(eq=False)
class NothingAfter(ReadingError):
    """A verb that changes one thing of a task was not told to what."""

    verb: str
    number: int


@dataclass(eq=False)
class NotThat(ReadingError):
    """What a verb should change a task to is none of the things that it can be."""

    verb: str
    number: int
    text: str


@dataclass(eq=False)
class NothingExpected(ReadingError):
    """Words stand after a verb that takes none."""

    verb: str


@dataclass(eq=False)
class PastDue(ReadingError):
    """A due date that has passed; `instead` is the next possible one, in words that are read."""

    words: str
    instead: str


@dataclass(eq=False)
class TimeWithoutDay(ReadingError):
    """A form says at what time, and not on which day."""

    time: str


@dataclass(eq=False)
class FieldsRefused(ReadingError):
    """What is wrong in a form, by the block_id of the field where it stands."""

    fields: Mapping[str, ReadingError]


@dataclass(eq=False)
class AmbiguousDate(ReadingError):
    """A date that two people would read as two days; both `readings` are read without doubt."""

    words: str
    readings: tuple[str, str]


@dataclass(eq=False)
class NoSuchDate(ReadingError):
    """A day that no calendar has; `instead` is the next possible one, in words that are read."""

    words: str
    instead: str


@dataclass(eq=False)
class SeveralPriorities(ReadingError):
    """A list of tasks that have two priorities would always be empty."""

    priorities: tuple[str, ...]


@dataclass(eq=False)
class NoWeekday(ReadingError):
    """The daily digest is turned on, and no day is chosen for it."""


@dataclass(eq=False)
class NoAnswer(ReadingError):
    """None of the three questions is answered."""
