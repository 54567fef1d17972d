"""The first line of a new task, read from its end for as long as the words there are ours."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from bot.reading.due import WORDS_MAX, bare_ending, longest_run, looks_like_due, read_due
from bot.reading.errors import (
    AmbiguousDate,
    NoSuchDate,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
)
from bot.reading.normal import Decoded, Mention, encode, encode_mention, is_blank, plain, unquoted
from bot.reading.query import PRIORITIES
from store import Due, Priority

T = TypeVar("T")

ENDING_MAX = 300
"""What is taken from the end of a line is shorter, whatever stands there."""

REACH = WORDS_MAX + 2
"""How far back due words are looked for: with `due by` before them."""

_WORD = re.compile(r"\S+")
_STOPS = ".,;:!?"
_QUOTES = {'"', "`"}
_KEYWORDS = {"due", "by"}
_KEEPING = {"for", "on", "from", "until", "of"}
"""Before a day at the end of a line: it is read, and stays in the title."""


@dataclass(frozen=True, slots=True)
class Left:
    """Words at the end of the title that look like a date or a person, but were not taken.

    `verb` and `example` make of them what they may have been meant to be.
    """

    words: str
    verb: str
    example: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What was taken from the line, and where the title ends."""

    start: int
    person: Mention | None = None
    priority: Priority | None = None
    quiet: bool = False
    due: Due | None = None
    keeps_due: bool = False
    """The due words stand in the title, too."""
    gap: tuple[int, int] = (0, 0)
    """Due words in the middle of the line, which are not part of the title."""


class _Word(NamedTuple):
    """A word of the line, and its form for comparing."""

    start: int
    end: int
    plain: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line on the clock of who typed it; people stand in `decoded`, of which it is the first."""

    text: str
    decoded: Decoded
    actor_id: str
    now: datetime

    def ending(self) -> Ending:
        """Everything that is taken from the line.

        Raises:
            SeveralPeople, PersonNotPicked, PastDue, AmbiguousDate, NoSuchDate
        """
        end = len(self.text.rstrip())
        ending, words = Ending(end), self._last_words(end)
        while end - ending.start < ENDING_MAX and not ending.keeps_due:
            taken = self._take_last(ending, words)
            if taken is None:
                break
            ending = replace(taken, start=len(self.text[: taken.start].rstrip()))
            words = self._words_left(words, ending.start)
        return ending if ending.due else self._take_from_middle(ending)

    def title(self, ending: Ending) -> str:
        """What is left of the line."""
        start, end = ending.gap
        before, behind = self.text[:start].rstrip(), self.text[end : ending.start].strip()
        return f"{before} {behind}".strip()

    def left(self, ending: Ending) -> Left | None:
        """What at the end of the title looks as if it should have been taken."""
        title = self.title(ending)
        if ending.keeps_due or unquoted(title) != title:
            return None
        words = self._last_words(ending.start)
        return self._left_date(self._without_stop(words)) or self._left_person(words)

    def _without_stop(self, words: list[_Word]) -> list[_Word]:
        """The words without what ends a sentence, as in `by friday.`."""
        if not words:
            return words
        *before, last = words
        typed = self.text[last.start : last.end].rstrip(_STOPS)
        return [*before, _Word(last.start, last.start + len(typed), plain(typed))]

    def _left_date(self, words: Sequence[_Word]) -> Left | None:
        count = looks_like_due([word.plain for word in words])
        if count:
            text = self._typed(words[-count:])
            return Left(text, "due", self._readable(words[-count:]))
        if (
            len(words) > 1
            and words[-2].plain == "due"
            and words[-1].plain[-1:] not in {"", *_QUOTES}
        ):
            return Left(self._typed(words[-2:]), "due", "tomorrow")
        return None

    def _readable(self, words: Sequence[_Word]) -> str:
        """The due words as they were typed, or what may be typed instead."""
        try:
            read_due([word.plain for word in words], self.now)
        except AmbiguousDate as error:
            return error.readings[0]
        except (PastDue, NoSuchDate) as error:
            return error.instead
        return self._typed(words)

    def _left_person(self, words: Sequence[_Word]) -> Left | None:
        mention = self.decoded.behind(words[-1].start) if words else None
        if mention and mention.is_person and mention.start < words[-1].end:
            name = self.text[mention.start : mention.end]
            return Left(name, "assign", name)
        return None

    def _take_last(self, ending: Ending, words: Sequence[_Word]) -> Ending | None:
        """The ending with one more thing in it, None when the last word belongs to the title."""
        person = self._person_ending_at(self._seen_end(ending.start))
        if person:
            if ending.person and ending.person.id != person.id:
                raise _several(self.decoded, person, ending.person)
            return replace(ending, start=self._before_preposition(person.start), person=person)
        if not words or self.decoded.touches(words[-1].start, words[-1].end):
            return None
        taken = self._take_mark(ending, words[-1])
        return taken if taken or ending.due else self._take_due(ending, words)

    def _take_mark(self, ending: Ending, word: _Word) -> Ending | None:
        if word.plain in PRIORITIES:
            chosen = ending.priority or PRIORITIES[word.plain]
            return replace(ending, start=word.start, priority=chosen)
        if word.plain == "!quiet":
            return replace(ending, start=word.start, quiet=True)
        if word.plain.startswith("@") and len(word.plain) > 1 and word.plain[-1] not in _QUOTES:
            raise PersonNotPicked(self._typed([word]))
        return None

    def _take_due(self, ending: Ending, words: Sequence[_Word]) -> Ending | None:
        """`due friday 5pm` and `by friday` up to the very end, or a day that stands last."""
        words = words[-REACH:]
        plains = [word.plain for word in words]
        for at in range(len(words) - 2, -1, -1):
            if plains[at] in _KEYWORDS:
                due = self._as_typed(words[at + 1 :], lambda run: read_due(run, self.now))
                if due:
                    start = words[_first_keyword(plains, at)].start
                    return replace(ending, start=start, due=due)
        return self._take_bare_due(ending, words)

    def _take_bare_due(self, ending: Ending, words: Sequence[_Word]) -> Ending | None:
        try:
            found = self._as_typed(words, lambda run: bare_ending(run, self.now))
        except PastDue as past:
            if _is_kept(words, len(past.words.split())):
                return None
            raise
        if found is None:
            return None
        count, due = found
        if _is_kept(words, count):
            return replace(ending, due=due, keeps_due=True)
        return replace(ending, start=words[-count].start, due=due)

    def _take_from_middle(self, ending: Ending) -> Ending:
        """Due words after a keyword further left, outside quotes; what follows them stays."""
        words = plain(self.text[: ending.start]).split()
        following = len(words)
        for at in reversed(_keywords(words)):
            found = self._run(words[at + 1 : min(following, at + 1 + WORDS_MAX)])
            if found:
                count, due = found
                gap = self._span(_first_keyword(words, at), at + count)
                return replace(ending, due=due, gap=gap)
            following = at
        return ending

    def _run(self, words: Sequence[str]) -> tuple[int, Due] | None:
        try:
            return longest_run(words, self.now)
        except ReadingError:
            # Refused is only what stands last: further left it is a word among others.
            return None

    def _span(self, first: int, last: int) -> tuple[int, int]:
        """Where in the line a word begins and another ends; invisible ones do not count."""
        words = list(_WORD.finditer(self.text))
        if not self.text.isascii():
            words = [word for word in words if plain(word[0])]
        return words[first].start(), words[last].end()

    def _as_typed(self, words: Sequence[_Word], read: Callable[[list[str]], T]) -> T:
        """Read plain words; what is refused of them is told as it was typed."""
        try:
            return read([word.plain for word in words])
        except (PastDue, AmbiguousDate, NoSuchDate) as error:
            error.words = self._typed(words[-len(error.words.split()) :])
            raise

    def _typed(self, words: Sequence[_Word]) -> str:
        return self.text[words[0].start : words[-1].end]

    def _last_words(self, end: int) -> list[_Word]:
        """The last words before a place: those that can be due words, and as many before them."""
        start = max(end - ENDING_MAX, 0)
        spans = [word.span() for word in _WORD.finditer(self.text, start, end)]
        # The first may be the end of a longer word.
        backwards = reversed(spans[1 if start else 0 :])
        words = (_Word(*span, plain(self.text[slice(*span)])) for span in backwards)
        visible = (word for word in words if word.plain)
        return [*itertools.islice(visible, 2 * REACH)][::-1]

    def _words_left(self, words: list[_Word], end: int) -> list[_Word]:
        """Those of the words that stand before a place, or more of them if they become few."""
        left = [word for word in words if word.end <= end]
        # A person may have been written onto a word, of which a part is left.
        is_cut = any(word.start < end for word in words[len(left) :])
        return self._last_words(end) if is_cut or len(left) <= REACH else left

    def _seen_end(self, end: int) -> int:
        """Where that ends what can be seen before a place."""
        while end and is_blank(self.text[end - 1]):
            end -= 1
        return end

    def _person_ending_at(self, end: int) -> Mention | None:
        mention = self.decoded.behind(end - 1)
        if mention and mention.is_person and mention.end == end:
            return mention
        last = _last_word(self.text[:end])
        if plain(last) == "@me":
            return Mention(end - len(last), end, self.actor_id, "me", is_person=True)
        return None

    def _before_preposition(self, start: int) -> int:
        """Where the title ends when `for` or `to` stands before the person."""
        before = self.text[:start].rstrip()
        last = _last_word(before)
        return len(before) - len(last) if plain(last) in {"for", "to"} else len(before)


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text else ""


def _first_keyword(words: Sequence[str], at: int) -> int:
    """Which word `by` is, or the `due` of `due by`."""
    return at - 1 if at and words[at - 1] == "due" and words[at] == "by" else at


def _is_kept(words: Sequence[_Word], count: int) -> bool:
    """Whether a preposition stands before the last words, which then belong to the title too."""
    return len(words) > count and words[-count - 1].plain in _KEEPING


def _keywords(words: Sequence[str]) -> list[int]:
    """Which of the words are keywords, outside quotes."""
    if _KEYWORDS.isdisjoint(words):
        return []
    found: list[int] = []
    quotes = ticks = 0
    for at, word in enumerate(words):
        if word in _KEYWORDS:
            found += [] if quotes % 2 or ticks % 2 else [at]
        elif not word.isalnum():
            quotes += word.count('"')
            ticks += word.count("`")
    return found


def _several(decoded: Decoded, *people: Mention) -> SeveralPeople:
    """The refusal, with the text once for each person, ready to be added."""
    everybody = sorted({*decoded.mentions, *people})
    pieces = list(_written(decoded.text, everybody))
    choices = tuple(_without(pieces, everybody.index(other)) for other in reversed(people))
    other = people[-1]
    kept = decoded.text[: other.start].rstrip() + decoded.text[other.end :]
    example = kept.partition("\n")[0].rstrip()
    return SeveralPeople(tuple(person.name for person in people), f"add {example}", choices)


def _written(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """The text as Slack sent it: every other piece is a mention."""
    position = 0
    for mention in mentions:
        yield encode(text[position : mention.start])
        yield encode_mention(mention)
        position = mention.end
    yield encode(text[position:])


def _without(pieces: list[str], mention: int) -> str:
    at = 2 * mention + 1
    return "".join(pieces[:at] + pieces[at + 1 :])
