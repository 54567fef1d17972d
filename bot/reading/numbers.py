"""Task numbers: `12`, `#12`, or several at once."""

import re

from bot.reading.errors import (
    NoNumber,
    NotANumber,
    NothingAfter,
    OneNumberOnly,
    TooManyNumbers,
)
from bot.reading.normal import decode, is_blank, plain

NUMBERS_MAX = 20

_NUMBER = re.compile(r"#?(\d{1,9})", re.ASCII)


def read_numbers(raw: str, verb: str) -> tuple[int, ...]:
    """Read up to twenty task numbers, `12` and `#12` alike.

    Raises:
        NoNumber, NotANumber, TooManyNumbers
    """
    words = decode(raw).text.replace(",", " ").split()
    if not words:
        raise NoNumber(verb)
    first = tuple(_number(word, verb) for word in words[:NUMBERS_MAX])
    if len(words) > NUMBERS_MAX:
        raise TooManyNumbers(verb, len(words), first)
    return first


def read_number(raw: str, verb: str) -> int:
    """Read one task number.

    Raises:
        NoNumber, NotANumber, TooManyNumbers, OneNumberOnly
    """
    first, *others = read_numbers(raw, verb)
    if others:
        raise OneNumberOnly(verb, first)
    return first


def split_number(text: str, verb: str) -> tuple[int, str]:
    """The task number that a text begins with, and what follows it.

    Raises:
        NoNumber, NotANumber, NothingAfter
    """
    word, *behind = text.split(maxsplit=1) or [""]
    if not word:
        raise NoNumber(verb)
    number = _number(word, verb)
    rest = "".join(behind).rstrip()
    if is_blank(rest):
        raise NothingAfter(verb, number)
    return number, rest


def _number(word: str, verb: str) -> int:
    match = _NUMBER.fullmatch(plain(word))
    if match is None:
        raise NotANumber(verb, word)
    return int(match.group(1))
