"""Which verb a command begins with; an unknown first word is never guessed into a task."""

import difflib
import re
from dataclasses import dataclass
from typing import cast

from bot.reading.errors import UnknownVerb
from bot.reading.normal import decode, plain

ALIASES = {
    "add": ("new", "create"),
    "list": ("ls", "find", "search"),
    "show": (),
    "done": ("close", "complete", "finish"),
    "start": ("doing",),
    "reopen": (),
    "assign": ("give",),
    "due": (),
    "priority": (),
    "edit": (),
    "note": (),
    "delete": ("rm", "remove"),
    "restore": (),
    "history": (),
    "undo": (),
    "settings": (),
    "stats": (),
    "feedback": (),
    "help": (),
}
"""Every verb with its other names."""

VERBS = {name: verb for verb, others in ALIASES.items() for name in (verb, *others)}
BARE = ""
"""The verb of a command with no words: my open tasks."""

WORD_MAX = 100
"""A first word longer than this is no verb, however it is encoded."""

_FIRST_WORD = re.compile(r"[\s\u00a0]*(\S*)[\s\u00a0]*", re.UNICODE)
_NUMBER = re.compile(r"#?\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command: its verb, and the rest as Slack sent it."""

    verb: str
    rest: str


def read_verb(text: str) -> Typed:
    """Split off the verb.

    Raises:
        UnknownVerb: the first word is none; it carries the nearest one, if any is near.
    """
    first, word = first_word(text)
    verb = _verb(word)
    if verb is None:
        raise UnknownVerb(first, _nearest(word), text)
    return Typed(verb, text[_first(text).end() :])


def verb_of(text: str) -> str | None:
    """The verb that a text begins with, None where its first word is none."""
    _, word = first_word(text)
    return _verb(word)


def first_word(text: str) -> tuple[str, str]:
    """The first word as Slack sent it, and in its plain form; empty where there is none."""
    first = _first(text).group(1)
    return first, plain(decode(first).text) if len(first) <= WORD_MAX else first


def _verb(word: str) -> str | None:
    return VERBS.get(word) if word else BARE


def _first(text: str) -> re.Match[str]:
    # It matches any text: all of it may be missing.
    return cast("re.Match[str]", _FIRST_WORD.match(text))


def _nearest(word: str) -> str | None:
    if len(word) > WORD_MAX:
        return None
    if _NUMBER.fullmatch(word):
        return f"show {word.removeprefix('#')}"
    near = difflib.get_close_matches(word[:20], VERBS, n=5, cutoff=0.6)
    # Letters in the wrong order are the likeliest slip: "dnoe" is `done`, not `note`.
    swapped = [verb for verb in near if sorted(verb) == sorted(word)]
    return VERBS[(swapped or near)[0]] if near else None
