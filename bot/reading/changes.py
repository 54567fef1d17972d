"""What follows the verbs that change one thing of one task: its number, and the new state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reading.due import read_due
from bot.reading.errors import (
    AmbiguousDate,
    NoSuchDate,
    NotANumber,
    NothingAfter,
    NothingExpected,
    NotThat,
    OneNumberOnly,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    TooLong,
)
from bot.reading.normal import Mention, decode, is_blank, plain, unquoted
from bot.reading.numbers import split_first_number, split_number, split_number_at_either_end
from store import NOTES_MAX, TITLE_MAX, Due, Priority

_STOPS = ".,;:!?"
"""What ends a sentence, behind the last word."""
_WORDS = 8
"""As many words of an assignment are told apart: far more than one needs."""
_PERSON = "\0"
"""Stands for somebody who was mentioned: decoding leaves no such sign in a text."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a task is to be given to, None for nobody; `names` as in `NewTask`."""

    number: int
    assignee_id: str | None
    names: Mapping[str, str]


def read_assignment(raw: str, verb: str, actor_id: str) -> Assignment:
    """Read `12 @maya`, `12 to @maya`, `@maya 12`, `12 me` and `12 nobody`.

    Raises:
        NoNumber, NotANumber, NothingAfter, OneNumberOnly, SeveralPeople, PersonNotPicked, NotThat
    """
    decoded = decode(raw)
    # Of more people than that, none is assigned to, and they may stay what they are: words.
    people = decoded.people(_WORDS + 1)
    try:
        number, rest = split_number_at_either_end(_masked(decoded.text, people), verb)
    except NotANumber as error:
        error.word = _unmasked(error.word, people)
        raise
    typed = _bare_words(rest)
    names = decoded.names()
    if len(names) > 1:
        raise SeveralPeople(tuple(names.values()), f"{verb} {number} @{people[0].name}")
    match [plain(word) for word in typed] if len(typed) <= _WORDS else []:
        case ["to" | "for", *given] | given if given and set(given) == {_PERSON}:
            return Assignment(number, people[0].id, names)
        case ["me" | "@me"] | ["to" | "for", "me" | "@me"]:
            return Assignment(number, actor_id, {})
        case ["nobody" | "none"] | ["to" | "for", "nobody"]:
            return Assignment(number, None, {})
    raise _nobody_known(verb, number, typed, people)


def _bare_words(text: str) -> list[str]:
    """The first words without what ends a sentence, and all that follows them as one more."""
    words = (word.strip(_STOPS) for word in text.split(maxsplit=_WORDS))
    return [word for word in words if not is_blank(word)]


def _nobody_known(
    verb: str, number: int, typed: list[str], people: Sequence[Mention]
) -> ReadingError:
    """The refusal of words that may be somebody's name: one word, or all that follows an `@`."""
    words = typed[1:] if typed and plain(typed[0]) in {"to", "for"} else typed
    text = " ".join(words)
    if people:
        return NotThat(verb, number, _unmasked(" ".join(typed), people))
    if not words:
        return NothingAfter(verb, number)
    if words[-1].isdigit():
        return OneNumberOnly(verb, number)
    is_name = len(words) == 1 or text.startswith("@")
    return PersonNotPicked(text) if is_name else NotThat(verb, number, text)


def _masked(text: str, people: Sequence[Mention]) -> str:
    """The text with one sign in the place of each person, whose name may be several words."""
    ends = [0, *(one.end for one in people)]
    starts = [*(one.start for one in people), len(text)]
    pieces = (text[end:start] for end, start in zip(ends, starts, strict=True))
    return f" {_PERSON} ".join(pieces)


def _unmasked(text: str, people: Sequence[Mention]) -> str:
    first, *others = text.split(_PERSON)
    shown = (f"@{one.name}{behind}" for one, behind in zip(people, others, strict=False))
    return "".join([first, *shown])


def read_due_change(raw: str, verb: str, now: datetime) -> tuple[int, Due | None]:
    """Read `12 tomorrow` and `12 none`, on the clock of who asks.

    Raises:
        NoNumber, NotANumber, NothingAfter, NotThat, PastDue, AmbiguousDate, NoSuchDate
    """
    number, rest = split_number(decode(raw).text, verb)
    words = plain(rest).rstrip(_STOPS).split()
    if words in (["none"], ["never"], ["nothing"]):
        return number, None
    try:
        due = read_due(words[1:] if words[:1] in (["by"], ["on"]) else words, now)
    except (PastDue, AmbiguousDate, NoSuchDate) as error:
        error.words = rest.rstrip(_STOPS)
        raise
    if due is None:
        raise NotThat(verb, number, rest)
    return number, due


def read_priority(raw: str, verb: str) -> tuple[int, Priority]:
    """Read `12 high`, `12 !high` and `high 12`.

    Raises:
        NoNumber, NotANumber, NothingAfter, NotThat
    """
    number, rest = split_number_at_either_end(decode(raw).text, verb)
    word = plain(rest).strip().rstrip(_STOPS).removeprefix("!")
    if word not in set(Priority):
        raise NotThat(verb, number, rest)
    return number, Priority(word)


def read_title(raw: str, verb: str) -> tuple[int, str | None]:
    """Read `12 New title`, every word of it on one line, or `12` alone.

    Raises:
        NoNumber, NotANumber, TooLong
    """
    number, rest = split_first_number(decode(raw).text, verb)
    title = unquoted(" ".join(rest.split("\n")))
    if is_blank(title):
        return number, None
    if len(title) > TITLE_MAX:
        raise TooLong("title", len(title), TITLE_MAX)
    return number, title


def read_note(raw: str, verb: str) -> tuple[int, str]:
    """Read `12 text`, with all its lines.

    Raises:
        NoNumber, NotANumber, NothingAfter, TooLong
    """
    number, rest = split_number(decode(raw).text, verb)
    if len(rest) > NOTES_MAX:
        raise TooLong("notes", len(rest), NOTES_MAX)
    return number, rest


def read_nothing(raw: str, verb: str) -> None:
    """Read nothing.

    Raises:
        NothingExpected
    """
    if not is_blank(decode(raw).text):
        raise NothingExpected(verb)
