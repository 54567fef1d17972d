"""What a command is counted as: its verb, or of a first word that is none no more than that."""

import re
import unicodedata

from bot.reading.normal import is_blank
from bot.reading.verbs import BARE, first_word, verb_of
from store import OTHER

MINE = "mine"
"""A command with no words: my open tasks."""
UNKNOWN = "(unknown)"
"""The first word is no verb. No verb has brackets."""

NUMBER = "(number)"
MENTION = "(mention)"
LINK = "(link)"

WORD_MAX = 20
"""Longer ones are hardly words, and may be secrets."""

_NUMBER = re.compile(r"#?\d+")
_MENTION = re.compile(r"<[@#!]|@|#")
_LINK = re.compile(r"<[a-z][a-z0-9+.-]*:|[a-z][a-z0-9+.-]*://|www\.", re.IGNORECASE)


def counted_verb(text: str) -> str:
    """The verb by its own name, also where an alias was typed."""
    verb = verb_of(text)
    if verb is None:
        return UNKNOWN
    return MINE if verb == BARE else verb


def counted_word(text: str) -> str:
    """The first word where it is a plain one, else its kind: nothing else that people typed."""
    encoded, word = first_word(text)
    if _NUMBER.fullmatch(word):
        return NUMBER
    if _LINK.match(encoded):
        return LINK
    if _MENTION.match(encoded):
        return MENTION
    return word if _is_plain(word) else OTHER


def _is_plain(word: str) -> bool:
    """Letters of any script, with the marks on them, and hyphens; some letters are not seen."""
    kinds = {unicodedata.category(one)[0] for one in word if one != "-"}
    return "L" in kinds <= {"L", "M"} and len(word) <= WORD_MAX and not is_blank(word)
