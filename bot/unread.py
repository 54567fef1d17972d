"""What was not understood, in words, with a correct example built from what was typed."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

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
from bot.reading.changes import read_due_change, read_note, read_priority, read_title
from bot.reading.errors import (
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
    TooLong,
    TooManyNumbers,
    UnknownVerb,
)
from bot.reading.normal import RAW_MAX, decode, encode
from bot.reading.numbers import NUMBERS_MAX
from bot.reading.verbs import ALIASES, VERBS

BUTTON_VALUE_MAX = 2_000
COPY_MAX = 8_000
"""Slack takes about 11,000 characters of blocks in a message."""
EXAMPLE_MAX = 150
BEGINNING = 80

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
    "edit": "What is its new title?",
    "note": "What should the note say?",
}


def unread(error: ReadingError, payload: Payload, reader: Reader) -> Message:
    """What was not understood, with an example that is, and the text to mend."""
    match error:
        case UnknownVerb():
            return _unknown_verb(error, payload, reader.command)
        case SeveralPeople():
            return _several_people(error, payload, reader.command)
        case NoNumber() | NotANumber():
            recalled = last_tasks(reader)
        case _:
            recalled = []
    said, *examples = _said(error, _line(payload), reader)
    first = [words(f"{said} Example: ")]
    for at, example in enumerate(examples):
        first += [words(" or ")] if at else []
        first.append(words(f"{reader.command} {example}", code=True))
    return answer(first, *recalled, below=to_copy(payload))


def _said(error: ReadingError, line: str, reader: Reader) -> tuple[str, ...]:
    """The sentence, and an example or two that would have been understood."""
    match error:
        case NoTitle():
            return "The task has no title.", _with_title(line)
        case TooLong():
            return _too_long(error), _beginning(line)
        case PersonNotPicked(name=name):
            said = f"I cannot tell who {shortened(name, 40)} is. Type @ and pick the person from "
            return said + "Slack's list.", _mended(line, name, "@" + name.removeprefix("@"))
        case PastDue(words=typed, instead=instead):
            return f"“{typed}” has passed.{_quotes(line)}", _mended(line, typed, instead)
        case NoSuchDate(words=typed, instead=instead):
            return f"No calendar has “{typed}”.{_quotes(line)}", _mended(line, typed, instead)
        case AmbiguousDate(words=typed, readings=readings):
            said = f"“{typed}” can be two days.{_quotes(line)}"
            return said, *(_mended(line, typed, reading) for reading in readings)
        case _:
            return _said_of_verb(error, line, reader)


def _quotes(line: str) -> str:
    """How to keep words in a title, where there is one."""
    has_title = not line.casefold().startswith("due ")
    return " If it belongs to the title, put the title in quotes." if has_title else ""


def _said_of_verb(error: ReadingError, line: str, reader: Reader) -> tuple[str, ...]:
    number = reader.latest[0].number if reader.latest else 12
    match error:
        case NoNumber(verb=verb):
            return f"Which task? {verb} needs a number.", _example(verb, number, line)
        case NotANumber(verb=verb, word=word):
            example = _with_number(verb, number, line, reader.now)
            return f"“{shortened(word, 40)}” is no task number.", example
        case TooManyNumbers(verb=verb, count=count, first=first):
            said = f"{count} numbers at once; {NUMBERS_MAX} fit."
            return said, f"{verb} {' '.join(str(one) for one in first)}"
        case OneNumberOnly(verb=verb, number=first):
            return f"{verb} takes one number.", _example(verb, first, line)
        case NothingAfter(verb=verb, number=given):
            return _ASKED[verb], _example(verb, given, line)
        case NotThat(verb=verb, number=given, text=text):
            return _not_that(verb, shortened(text, 40)), _example(verb, given, line)
        case NothingExpected(verb=verb):
            return f"{verb} stands alone: it takes back your last change.", verb
        case _:
            return "I did not understand that.", EXAMPLES["help"][0]


def _too_long(error: TooLong) -> str:
    match error.what:
        case "notes":
            return f"The notes have {error.length:,} characters; a task holds {error.limit:,}."
        case "title":
            return f"The title has {error.length:,} characters; a task holds {error.limit:,}."
        case "text":
            return f"The text has {error.length:,} characters; I read {error.limit:,}."
        case "search":
            return f"That search is too long: at most {error.limit} characters."


def _not_that(verb: str, text: str) -> str:
    return {
        "assign": f"“{text}” is not one person.",
        "due": f"“{text}” is no day or time that I can read.",
        "priority": f"“{text}” is no priority: high, normal or low.",
    }[verb]


def _example(verb: str, number: int, line: str) -> str:
    people = [word for word in line.split() if word.startswith("@")] if verb == "assign" else []
    return f"{verb} {number} {people[0] if people else _AFTER.get(verb, '')}".rstrip()


def _with_number(verb: str, number: int, line: str, now: datetime) -> str:
    """What was typed, with the number that was missing before it, where that can be read."""
    rest = f"{number} {line.partition(' ')[2].strip()}"
    with contextlib.suppress(ReadingError):
        if verb in _READERS and len(rest) <= EXAMPLE_MAX:
            _READERS[verb](encode(rest), verb, now)
            return f"{verb} {rest}"
    return _example(verb, number, line)


_READERS: dict[str, Callable[[str, str, datetime], object]] = {
    "due": read_due_change,
    "priority": lambda rest, verb, _: read_priority(rest, verb),
    "edit": lambda rest, verb, _: read_title(rest, verb),
    "note": lambda rest, verb, _: read_note(rest, verb),
}


def _with_title(line: str) -> str:
    _, _, rest = line.partition(" ")
    fits = len(rest) <= EXAMPLE_MAX
    return f"add Fix the login page {rest.strip()}".rstrip() if fits else EXAMPLES["add"][0]


def _mended(line: str, typed: str, instead: str) -> str:
    """The line with something else in the place of what could not be read."""
    before, found, behind = line.rpartition(typed)
    if not found or len(line) > EXAMPLE_MAX:
        return EXAMPLES["add"][0].partition(" @")[0] + f" {instead}"
    mended = f"{before}{instead}{behind}"
    verb, *others = before.split() or [""]
    has_no_title = VERBS.get(verb) == "add" and {"due", "by", "!quiet"}.issuperset(others)
    return _with_title(mended) if has_no_title else mended


def _beginning(line: str) -> str:
    """As much of the line as surely fits, cut between words where there are any."""
    space = line.rfind(" ", BEGINNING // 2, BEGINNING)
    cut = line[: space if space > 0 else BEGINNING].strip()
    verb, *rest = cut.split() or ["add"]
    is_whole = len(rest) > (verb in _AFTER)
    return cut if is_whole else EXAMPLES[VERBS.get(verb, "add")][0]


def _line(payload: Payload) -> str:
    """The first line of what was typed, as a person sees it; empty for a click."""
    if payload.kind is not Kind.COMMAND:
        return ""
    return decode(payload.text[:RAW_MAX]).text.strip().partition("\n")[0]


def _unknown_verb(error: UnknownVerb, payload: Payload, command: str) -> Message:
    shown = shortened(decode(error.word[:RAW_MAX]).text, 40)
    said = [words(f"I do not know “{shown}”. ")]
    if error.nearest:
        meant = words(f"{command} {error.nearest} {_rest(error, payload)}".rstrip(), code=True)
        said += [words("Did you mean "), meant, words("? ")]
    said += [words("All that I know: "), words(f"{command} help", code=True)]
    below = [*to_copy(payload), *_add_buttons([("Add as a task", error.text)])]
    return answer(said, below=below)


def _rest(error: UnknownVerb, payload: Payload) -> str:
    """What was typed behind the unknown word, where the verb that was meant surely takes it."""
    _, _, rest = _line(payload).partition(" ")
    takes_it = error.nearest in {"add", "list"} or (
        error.nearest in ALIASES and all(word.lstrip("#").isdecimal() for word in rest.split())
    )
    return rest if takes_it and len(rest) <= EXAMPLE_MAX else ""


def _several_people(error: SeveralPeople, payload: Payload, command: str) -> Message:
    both = " or ".join(f"@{name}" for name in error.names[:2])
    said = f"A task has one assignee, a list is of one person: {both}? Example: "
    labelled = zip((f"For {name}" for name in error.names), error.choices, strict=False)
    line: Sequence[Element] = [
        words(said),
        words(f"{command} {shortened(error.example, EXAMPLE_MAX)}", code=True),
    ]
    return answer(line, below=[*to_copy(payload), *_add_buttons(list(labelled))])


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


def to_copy(payload: Payload) -> list[Block]:
    """The typed text to copy and mend: Slack clears the composer."""
    if payload.kind is not Kind.COMMAND or not payload.text:
        return []
    text = shortened(f"{payload.command} {decode(payload.text[:RAW_MAX]).text}", COPY_MAX)
    return [preformatted(text)]
