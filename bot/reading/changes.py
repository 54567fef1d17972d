"""What follows the verbs that change one thing of one task: its number, and the new state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.reading.due import read_due
from bot.reading.errors import (
    AmbiguousDate,
    NoSuchDate,
    NothingAfter,
    NothingExpected,
    NotThat,
    OneNumberOnly,
    PastDue,
    PersonNotPicked,
    SeveralPeople,
    TooLong,
)
from bot.reading.normal import Decoded, Mention, decode, is_blank, plain, unquoted
from bot.reading.numbers import split_number
from store import NOTES_MAX, TITLE_MAX, Due, Priority


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a task is to be given to, None for nobody; `names` as in `NewTask`."""

    number: int
    assignee_id: str | None
    names: Mapping[str, str]


def read_assignment(raw: str, verb: str, actor_id: str) -> Assignment:
    """Read `12 @maya`, `12 to @maya`, `12 me` and `12 nobody`.

    Raises:
        NoNumber, NotANumber, NothingAfter, OneNumberOnly, SeveralPeople, PersonNotPicked, NotThat
    """
    decoded = decode(raw)
    number, rest = split_number(decoded.text, verb)
    people = {one.id: one for one in decoded.mentions if one.is_person}
    if people:
        return _given(verb, number, decoded, list(people.values()))
    match plain(rest).split():
        case ["me" | "@me"] | ["to" | "for", "me" | "@me"]:
            return Assignment(number, actor_id, {})
        case ["nobody" | "none"] | ["to" | "for", "nobody"]:
            return Assignment(number, None, {})
        case ["to" | "for"]:
            raise NothingAfter(verb, number)
        case [other] | [*_, other] if other.isdigit():
            raise OneNumberOnly(verb, number)
        case [_] | ["to" | "for", _]:
            raise PersonNotPicked([word for word in rest.split() if not is_blank(word)][-1])
        case _:
            raise NotThat(verb, number, rest)


def _given(verb: str, number: int, decoded: Decoded, people: list[Mention]) -> Assignment:
    person, *others = people
    if others:
        names = tuple(one.name for one in people)
        raise SeveralPeople(names, f"{verb} {number} @{person.name}")
    before = plain(decoded.text[: person.start]).split()[1:]
    after = plain(decoded.text[person.end :]).split()
    if after or before not in ([], ["to"], ["for"]):
        raise NotThat(verb, number, " ".join([*before, f"@{person.name}", *after]))
    return Assignment(number, person.id, {person.id: person.name})


def read_due_change(raw: str, verb: str, now: datetime) -> tuple[int, Due | None]:
    """Read `12 tomorrow` and `12 none`, on the clock of who asks.

    Raises:
        NoNumber, NotANumber, NothingAfter, NotThat, PastDue, AmbiguousDate, NoSuchDate
    """
    number, rest = split_number(decode(raw).text, verb)
    words = plain(rest).split()
    if words in (["none"], ["never"], ["nothing"]):
        return number, None
    try:
        due = read_due(words[1:] if words[:1] in (["by"], ["on"]) else words, now)
    except (PastDue, AmbiguousDate, NoSuchDate) as error:
        error.words = rest
        raise
    if due is None:
        raise NotThat(verb, number, rest)
    return number, due


def read_priority(raw: str, verb: str) -> tuple[int, Priority]:
    """Read `12 high` and `12 !high`.

    Raises:
        NoNumber, NotANumber, NothingAfter, NotThat
    """
    number, rest = split_number(decode(raw).text, verb)
    word = plain(rest).strip().removeprefix("!")
    if word not in set(Priority):
        raise NotThat(verb, number, rest)
    return number, Priority(word)


def read_title(raw: str, verb: str) -> tuple[int, str]:
    """Read `12 New title`: every word of it, on one line.

    Raises:
        NoNumber, NotANumber, NothingAfter, TooLong
    """
    number, rest = split_number(decode(raw).text, verb)
    title = unquoted(" ".join(rest.split("\n")))
    if is_blank(title):
        raise NothingAfter(verb, number)
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
