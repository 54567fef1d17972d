"""What was not understood, in words, with a correct example built from what was typed."""

import contextlib
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

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
from bot.drawing.examples import EXAMPLES
from bot.drawing.ids import Surface
from bot.drawing.reader import Reader
from bot.drawing.texts import last_tasks
from bot.payloads import Kind, Payload
from bot.reading.changes import (
    read_assignment,
    read_due_change,
    read_note,
    read_priority,
    read_title,
)
from bot.reading.errors import (
    CHOICE_MAX,
    AmbiguousDate,
    NoNumber,
    NoSuchDate,
    NotANumber,
    NothingAfter,
    NothingExpected,
    NoTitle,
    NotThat,
    OneNumberOnly,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    SeveralPriorities,
    TooLong,
    TooManyNumbers,
    UnknownVerb,
)
from bot.reading.form import texts_in
from bot.reading.normal import RAW_MAX, decode, encode, plain
from bot.reading.numbers import NUMBERS_MAX, as_number
from bot.reading.verbs import ALIASES, VERBS

COPY_MAX = 8_000
"""Slack takes about 11,000 characters of blocks in a message."""
EXAMPLE_MAX = 150
BEGINNING = 80
NEAR = timedelta(days=31)
"""An example for a due date later than this comes with a nearer one."""

_GROUP = re.compile(r"<!(?:here|channel|everyone|subteam\^)[^<>]*>")
_EVERYBODY = {"@here", "@channel", "@everyone"}
_WITH_NUMBERS = {"done", "start", "reopen", "delete", "restore"}
"""The verbs that take several numbers at once."""

NOT_UNDERSTOOD = "I did not understand that."
"""Only for an error that has no words of its own yet."""

_AFTER = {
    "assign": "@maya",
    "due": "tomorrow",
    "priority": "high",
    "edit": "Fix the login page",
    "note": "The logs are in the channel",
}
"""What may stand behind the number, for verbs that change one thing of a task."""

_ASKED = {
    "assign": "To whom?",
    "due": "When is it due?",
    "priority": "Which priority: high, normal or low?",
    "note": "What should the note say?",
}


class _Typed(NamedTuple):
    """The first line of a command as a person sees it, and who is in it."""

    line: str
    person: str
    """The first one who was mentioned, with an `@`; or nothing."""
    groups: frozenset[str]
    """What was mentioned and can never be one person."""

    @property
    def verb(self) -> str:
        """The verb by its own name; empty when the first word is none."""
        first, *_ = self.line.split(maxsplit=1) or [""]
        return VERBS.get(plain(first), "")

    @property
    def rest(self) -> str:
        return self.line.partition(" ")[2].strip()


def recalls(error: ReadingError) -> bool:
    """Whether the answer names the last tasks of who asks, one of which may have been meant."""
    return isinstance(error, NoNumber | NotANumber)


def unread(error: ReadingError, payload: Payload, reader: Reader) -> Message:
    """What was not understood, with an example that is, and the text to mend."""
    match error:
        case UnknownVerb():
            return _unknown_verb(error, payload, reader.command)
        case SeveralPeople():
            return _several_people(error, payload, reader.command)
    recalled = last_tasks(reader) if recalls(error) else []
    said, *examples = _said(error, _typed(payload), reader)
    first = [words(f"{said} Example: ")]
    for at, example in enumerate(examples):
        first += [words(" or ")] if at else []
        first.append(words(f"{reader.command} {example}", code=True))
    return answer(first, *recalled, below=to_copy(payload))


def _said(error: ReadingError, asked: _Typed, reader: Reader) -> tuple[str, ...]:
    """The sentence, and an example or two that would have been understood."""
    match error:
        case NoTitle():
            return "The task has no title.", _with_title(asked.line)
        case TooLong():
            return too_long(error), _beginning(asked.line)
        case PersonNotPicked(name=name):
            return _not_picked(name, asked), _mended(asked, name, "@me")
        case PastDue(words=typed, instead=instead):
            said = f"“{typed}” has passed.{_quotes(asked)}"
            return said, *(_mended(asked, typed, one) for one in _nearest(instead, reader.now))
        case NoSuchDate(words=typed, instead=instead):
            said = f"There is no “{typed}”{_until(instead)}.{_quotes(asked)}"
            return said, _mended(asked, typed, instead)
        case AmbiguousDate(words=typed, readings=readings):
            said = f"“{typed}” can be two days.{_quotes(asked)}"
            return said, *(_mended(asked, typed, reading) for reading in readings)
        case _:
            return _said_of_verb(error, asked, reader)


def _not_picked(name: str, asked: _Typed) -> str:
    how = "Type @ and pick the person from the list that Slack opens; for yourself, type @me."
    shown = shortened(name, 40)
    if plain(name).rstrip(".,;:!?") in asked.groups:
        one = "a list is of one person" if asked.verb == "list" else "a task has one assignee"
        return f"{shown} is a group, and {one}. {how}"
    return f"I cannot tell who {shown} is. {how}"


def _nearest(instead: str, now: datetime) -> list[str]:
    """What may be typed instead of a day that has passed: a near one, too, if it is far off."""
    day, space, time = instead.partition(" ")
    with contextlib.suppress(ValueError):
        if date.fromisoformat(day) - now.date() > NEAR:
            return [f"tomorrow{space}{time}", instead]
    return [instead]


def _until(instead: str) -> str:
    """The 29th of February is no day of most years, and one of some."""
    day, *_ = instead.split()
    return f" before {day[:4]}" if day.endswith("-02-29") else ""


def _quotes(asked: _Typed) -> str:
    """How to keep words in a title, where there is one."""
    return "" if asked.verb == "due" else " If it belongs to the title, put the title in quotes."


def _said_of_verb(error: ReadingError, asked: _Typed, reader: Reader) -> tuple[str, ...]:
    match error:
        case NoNumber(verb=verb):
            example = _example(verb, _latest(reader), asked)
            return f"Which task? {verb} needs a number.", example
        case NotANumber(verb=verb, word=word):
            example = _with_number(verb, asked, reader)
            return f"“{shortened(word, 40)}” is no task number.", example
        case TooManyNumbers(verb=verb, count=count, first=first):
            said = f"{count} numbers at once; {NUMBERS_MAX} fit."
            return said, f"{verb} {' '.join(str(one) for one in first)}"
        case OneNumberOnly(verb=verb, number=first):
            return f"{verb} takes one number.", _example(verb, first, asked)
        case NothingAfter(verb=verb, number=given):
            return _ASKED[verb], _example(verb, given, asked)
        case NotThat(verb=verb, number=given, text=text):
            return _not_that(verb, shortened(text, 40)), _example(verb, given, asked)
        case SeveralPriorities(priorities=priorities):
            said = f"A list is of one priority: {' or '.join(priorities)}?"
            return said, *(f"list {priority}" for priority in priorities)
        case NothingExpected(verb=verb):
            return f"“{verb}” takes nothing behind it: it {_ALONE[verb]}.", verb
        case _:
            return NOT_UNDERSTOOD, EXAMPLES["help"][0]


_ALONE = {
    "undo": "takes back your last change",
    "settings": "opens a form",
    "stats": "tells the team in numbers, of all tasks that you may see",
    "feedback": "opens a form",
}


def too_long(error: TooLong) -> str:
    """How long a text is, and how long it may be."""
    match error.what:
        case "notes":
            return f"The notes have {error.length:,} characters; a task holds {error.limit:,}."
        case "title":
            return f"The title has {error.length:,} characters; a task holds {error.limit:,}."
        case "text":
            return f"The text has {error.length:,} characters; I read {error.limit:,}."
        case "answer":
            return f"The answer has {error.length:,} characters; {error.limit:,} fit."
        case "search":
            return f"That search is too long: at most {error.limit} characters."


def _not_that(verb: str, text: str) -> str:
    return {
        "assign": f"“{text}” is not one person.",
        "due": f"“{text}” is no day or time that I can read.",
        "priority": f"“{text}” is no priority: high, normal or low.",
    }[verb]


def _latest(reader: Reader) -> int:
    return reader.latest[0].number if reader.latest else 12


def _example(verb: str, number: int, asked: _Typed) -> str:
    after = _AFTER.get(verb, "")
    return f"{verb} {number} {(asked.person if verb == 'assign' else '') or after}".rstrip()


def _with_number(verb: str, asked: _Typed, reader: Reader) -> str:
    """What was typed, with its number in front: the one in it, or else the reader's last task."""
    words = asked.rest.replace(",", " ").split()
    numbers = [] if verb in {"edit", "note"} else _numbers(words)
    if verb in _WITH_NUMBERS and numbers:
        return f"{verb} {' '.join(str(number) for _, number in numbers[:NUMBERS_MAX])}"
    tried = [(_latest(reader), asked.rest)]
    for at, number in numbers:
        tried += [(number, " ".join(words[at + 1 :])), (number, " ".join(words[:at]))]
    for number, rest in tried[: 2 * NUMBERS_MAX]:
        if _reads(verb, number, rest, reader.now):
            return f"{verb} {number} {rest}"
    return _example(verb, numbers[0][1] if numbers else _latest(reader), asked)


def _numbers(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where among the words a task number stands, and which."""
    found = ((at, as_number(word)) for at, word in enumerate(words))
    return [(at, number) for at, number in found if number is not None]


def _reads(verb: str, number: int, rest: str, now: datetime) -> bool:
    if verb not in _READERS or not rest or len(rest) > EXAMPLE_MAX:
        return False
    try:
        _READERS[verb](encode(f"{number} {rest}"), verb, now)
    except ReadingError:
        return False
    return True


_READERS: dict[str, Callable[[str, str, datetime], object]] = {
    "assign": lambda rest, verb, _: read_assignment(rest, verb, ""),
    "due": read_due_change,
    "priority": lambda rest, verb, _: read_priority(rest, verb),
    "edit": lambda rest, verb, _: read_title(rest, verb),
    "note": lambda rest, verb, _: read_note(rest, verb),
}


def _with_title(line: str) -> str:
    _, _, rest = line.partition(" ")
    fits = len(rest) <= EXAMPLE_MAX
    return f"add Fix the login page {rest.strip()}".rstrip() if fits else EXAMPLES["add"][0]


def _mended(asked: _Typed, typed: str, instead: str) -> str:
    """The line with something else in the place of what could not be read."""
    before, found, behind = asked.line.rpartition(typed)
    mended = f"{before}{instead}{behind}"
    if not found or (len(mended) > EXAMPLE_MAX and asked.verb != "add"):
        return _plainest(asked, instead)
    if len(mended) > EXAMPLE_MAX:
        return _end_of(mended) if len(behind) < BEGINNING // 2 else _plainest(asked, instead)
    _, *others = before.split() or [""]
    has_no_title = asked.verb == "add" and {"due", "by", "!quiet"}.issuperset(others)
    return _with_title(mended) if has_no_title else mended


def _plainest(asked: _Typed, instead: str) -> str:
    """The verb with nothing but what is to be mended."""
    match asked.verb:
        case "assign" | "due":
            numbers = _numbers(asked.rest.split())
            return f"{asked.verb} {numbers[0][1] if numbers else 12} {instead}"
        case "list":
            return f"list {instead}"
        case _:
            return f"{EXAMPLES['add'][0].partition(' @')[0]} {instead}"


def _end_of(line: str) -> str:
    """The end of a long `add`, which is where it is mended, cut between words."""
    _, _, end = line[-BEGINNING:].partition(" ")
    return f"add …{end or line[-BEGINNING:]}"


def _beginning(line: str) -> str:
    """As much of the line as surely fits, cut between words where there are any."""
    space = line.rfind(" ", BEGINNING // 2, BEGINNING)
    cut = line[: space if space > 0 else BEGINNING].strip()
    verb, *rest = cut.split() or ["add"]
    is_whole = len(rest) > (verb in _AFTER)
    return cut if is_whole else EXAMPLES[VERBS.get(verb, "add")][0]


def _typed(payload: Payload) -> _Typed:
    """What was typed; nothing for a click."""
    if payload.kind is not Kind.COMMAND:
        return _Typed("", "", frozenset())
    raw = payload.text[:RAW_MAX]
    decoded = decode(raw)
    people = [f"@{one.name}" for one in decoded.people(1)]
    groups = {plain(decode(one).text) for one in _GROUP.findall(raw)} | _EVERYBODY
    line = decoded.text.strip().partition("\n")[0]
    return _Typed(line, people[0] if people else "", frozenset(groups))


def _unknown_verb(error: UnknownVerb, payload: Payload, command: str) -> Message:
    asked = _typed(payload)
    shown = shortened(decode(error.word[:RAW_MAX]).text, 40)
    said = [words(f"I do not know “{shown}”. ")]
    if error.nearest:
        meant = words(f"{command} {_meant(error.nearest, asked)}", code=True)
        said += [words("Did you mean "), meant, words("? ")]
    said += [words("All that I know: "), words(f"{command} help", code=True)]
    # A question about a verb is no task.
    adds = [] if asked.verb == "help" else [("Add as a task", error.text)]
    return answer(said, below=[*to_copy(payload), *_add_buttons(adds)])


def _meant(nearest: str, asked: _Typed) -> str:
    """The nearest verb with what was typed behind the unknown word, where it surely takes that."""
    if asked.verb == "help":
        return nearest
    takes_it = nearest in {"add", "list"} or (
        nearest in ALIASES and all(as_number(word) is not None for word in asked.rest.split())
    )
    fits = takes_it and len(asked.rest) <= EXAMPLE_MAX
    return f"{nearest} {asked.rest}".rstrip() if fits else nearest


def _several_people(error: SeveralPeople, payload: Payload, command: str) -> Message:
    both = " or ".join(f"@{name}" for name in error.names[:2])
    is_list = error.example.startswith("list ")
    one = "a list is of one person" if is_list else "a task has one assignee"
    said = f"These are several people, and {one}: {both}? Example: "
    labelled = zip((f"For {name}" for name in error.names), error.choices, strict=False)
    line: Sequence[Element] = [
        words(said),
        words(f"{command} {shortened(error.example, EXAMPLE_MAX)}", code=True),
    ]
    return answer(line, below=[*to_copy(payload), *_add_buttons(list(labelled))])


def _add_buttons(choices: list[tuple[str, str]]) -> list[Block]:
    """A button for each text that fits into one, which adds it as a task."""
    fitting = [(label, text) for label, text in choices if len(text) <= CHOICE_MAX]
    return [
        actions(
            ids.block_id(Surface.WORDS, at),
            button(label, ids.ADD_TEXT, text, f"{label}: {decode(text).text}"),
        )
        for at, (label, text) in enumerate(fitting)
    ]


def to_copy(payload: Payload) -> list[Block]:
    """The typed text to copy and mend: Slack clears the composer, and a form that was replaced."""
    match payload:
        case Payload(kind=Kind.COMMAND, text=text) if text:
            typed = f"{payload.command} {decode(text[:RAW_MAX]).text}"
        case Payload(kind=Kind.VIEW):
            typed = "\n".join(texts_in(payload.view))
        case _:
            return []
    return [preformatted(shortened(typed, COPY_MAX))] if typed else []
