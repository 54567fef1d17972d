"""What cannot be read, as facts without sentences: the words for them stand in `bot.errors`."""

from dataclasses import dataclass, field


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
    """A text is longer than a task can hold."""

    what: str
    length: int
    limit: int


@dataclass(eq=False)
class PersonNotPicked(ReadingError):
    """An `@name` was typed, but Slack did not make a person of it."""

    name: str


@dataclass(eq=False)
class SeveralPeople(ReadingError):
    """More than one person stands where one can be; `choices` are the texts with only one."""

    names: tuple[str, ...]
    choices: tuple[str, ...] = field(default=())


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
    """More task numbers at once than one answer can hold."""

    verb: str
    count: int
    limit: int


@dataclass(eq=False)
class OneNumberOnly(ReadingError):
    """A verb that shows one task has several numbers."""

    verb: str
    number: int
