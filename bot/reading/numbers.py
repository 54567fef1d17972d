"""Task numbers: `12`, `#12`, or several at once, with what people write behind them."""

import re

from bot.reading.errors import (
    NoNumber,
    NotANumber,
    NothingAfter,
    OneNumberOnly,
    TooManyNumbers,
)
from bot.reading.normal import decode, is_blank, plain, plain_words

NUMBERS_MAX = 20

_NUMBER = re.compile(r"#?(\d{1,9})[.,:;]*", re.ASCII)
_JOINING = {"and", "&"}


def read_numbers(raw: str, verb: str) -> tuple[int, ...]:
    """Read up to twenty task numbers, `12` and `#12` alike: `12, #13 and 14`.

    Raises:
        NoNumber, NotANumber, TooManyNumbers
    """
    words = _without_joining(decode(raw).text.replace(",", " ").split())
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


def split_first_number(text: str, verb: str) -> tuple[int, str]:
    """The task number that a text begins with, and what follows it, be it nothing.

    Raises:
        NoNumber, NotANumber
    """
    word, *behind = text.split(maxsplit=1) or [""]
    if not word:
        raise NoNumber(verb)
    return _number(word, verb), "".join(behind).rstrip()


def split_number(text: str, verb: str) -> tuple[int, str]:
    """The task number that a text begins with, and what follows it.

    Raises:
        NoNumber, NotANumber, NothingAfter
    """
    number, rest = split_first_number(text, verb)
    if is_blank(rest):
        raise NothingAfter(verb, number)
    return number, rest


def split_number_at_either_end(text: str, verb: str) -> tuple[int, str]:
    """The same, or the number that a text ends with when it begins with none: `high 12`.

    Raises:
        NoNumber, NotANumber, NothingAfter
    """
    first, *_ = text.split(maxsplit=1) or [""]
    rest, *last = text.rsplit(maxsplit=1) or [""]
    if last and as_number(first) is None:
        number = as_number(last[0])
        if number is not None:
            return number, rest
    return split_number(text, verb)


def as_number(word: str) -> int | None:
    """The task number that a word is, if it is one."""
    match = _NUMBER.fullmatch(plain(word))
    return int(match.group(1)) if match else None


def _number(word: str, verb: str) -> int:
    number = as_number(word)
    if number is None:
        raise NotANumber(verb, word)
    return number


def _without_joining(words: list[str]) -> list[str]:
    """The words without each `and` that has something on both of its sides."""
    inner, forms = range(1, len(words) - 1), plain_words(words)
    return [word for at, word in enumerate(words) if at not in inner or forms[at] not in _JOINING]
