"""The first line of a new task, read from its end for as long as the words there are ours."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from bot.reading.due import (
    ENGLISH,
    KEEPING,
    KEYWORDS,
    WORDS_MAX,
    bare_ending,
    longest_run,
    may_begin,
    meant_as_due,
    read_due,
    without_marks,
)
from bot.reading.errors import (
    CHOICE_MAX,
    AmbiguousDate,
    NoSuchDate,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
)
from bot.reading.normal import (
    Decoded,
    Mention,
    blank_at_end,
    encode,
    encode_mention,
    is_blank,
    plain,
    plain_words,
    unquoted,
)
from bot.reading.query import PRIORITIES
from store import Due, Priority

T = TypeVar("T")

ENDING_MAX = 300
"""What is taken from the end of a line is shorter, whatever stands there."""

TAKEN_MAX = 8
"""As many things are taken from the end of a line: there are four kinds, each may be said again."""

DATES_MAX = 5
"""After as many keywords in the middle of a line, a date is looked for: one is meant."""

REACH = WORDS_MAX + 2
"""How far back due words are looked for: with `due by` before them."""

_WORD = re.compile(r"\S+")
_STOPS = ".,;:!?()[]"
_QUOTES = {'"', "`"}
_MARK = re.compile(r"!+[a-z]+!*")
_EMOJI = re.compile(r":[^\s:]+:")
_LITTER = ",:;-\u2013"
_DANGLING = {"due"}
"""Before something that was taken, these have no place in the title."""
_JOINING = {"and", "or", "&amp;"}
_JOINTS = " ,+&/"
"""Words and signs between two people."""
_LABELLED = len("<@U1|maya>") - len("@U1") - len("@maya")
"""By as much a person is longer in what Slack sends than the id and what is seen."""
_PREPOSITIONS = {"for", "to"}
"""Before a person."""


@dataclass(frozen=True, slots=True)
class Left:
    """Words at the end of the title that look like a date or a person, but were not taken.

    `verb` and `example` make of them what they may have been meant to be.
    """

    words: str
    verb: str
    example: str


@dataclass(slots=True)
class Ending:
    """What was taken from the line, and where the title ends."""

    start: int
    person: Mention | None = None
    priority: Priority | None = None
    quiet: bool = False
    due: Due | None = None
    kept: tuple[int, int] = (0, 0)
    """Due words at the end that stand in the title, too, whatever was taken before them."""
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
        for _ in range(TAKEN_MAX):
            taken = self._take_last(ending, words) if end - ending.start < ENDING_MAX else None
            if taken is None:
                break
            words = self._words_left(words, taken.start)
            if taken.kept == ending.kept:
                taken.start = self._title_end(taken.start, words)
                words = self._words_left(words, taken.start)
            ending = taken
        return ending if ending.due else self._take_from_middle(ending)

    def title(self, ending: Ending) -> str:
        """What is left of the line."""
        start, end = ending.gap
        kept, kept_end = ending.kept
        if kept and not self.text[ending.start : kept].strip():
            return self.text[:kept_end].strip()
        before, behind = self.text[:start].rstrip(), self.text[end : ending.start].strip()
        return f"{before} {behind} {self.text[kept:kept_end]}".strip()

    def left(self, ending: Ending) -> Left | None:
        """What at the end of the title looks as if it should have been taken."""
        title = self.title(ending)
        if unquoted(title) != title:
            return None
        words = self._last_words(ending.start)
        if not words:
            return None
        # A second date would be told with the first one's words: `at 9am` of `tomorrow`.
        date_left = None if ending.due else self._left_date(words)
        return date_left or self._left_mark(words[-1]) or self._left_person(ending, words)

    def _left_date(self, words: Sequence[_Word]) -> Left | None:
        typed = [word.plain for word in words[-REACH:]]
        cores = [without_marks(word, before) for before, word in itertools.pairwise(["", *typed])]
        count = meant_as_due(cores)
        if not count or any(mark in word for word in typed[-count:] for mark in _QUOTES):
            return None
        said = self._typed(words[-count:]).strip(_STOPS)
        return Left(said, "due", self._readable(cores[-count:]))

    def _readable(self, words: Sequence[str]) -> str:
        """What of the words can be read, or what may be typed instead."""
        if words[-2:] == ["after", "tomorrow"]:
            return "in 2 days"
        for at in range(len(words)):
            try:
                found = longest_run(words[at:], self.now)
            except AmbiguousDate as error:
                return error.readings[0]
            except (PastDue, NoSuchDate) as error:
                return error.instead
            if found:
                return " ".join(words[at : at + found[0]])
        return "tomorrow"

    def _left_mark(self, word: _Word) -> Left | None:
        """A priority that there is not, or not with what stands behind it."""
        if not _MARK.fullmatch(word.plain.rstrip(".,;:?")):
            return None
        name = word.plain.strip("!.,;:?")
        known = {priority.removeprefix("!") for priority in PRIORITIES}
        return Left(self._typed([word]), "priority", name if name in known else "high")

    def _left_person(self, ending: Ending, words: Sequence[_Word]) -> Left | None:
        mention = self.decoded.behind(words[-1].start)
        if mention and mention.is_person and mention.start < words[-1].end:
            name = self.text[mention.start : mention.end]
            return Left(name, "assign", name)
        said = [word.plain.rstrip(_STOPS) for word in words[-2:]]
        if said in (["for", "me"], ["to", "me"]) and not ending.person:
            return Left(self._typed(words[-2:]).rstrip(_STOPS), "assign", "me")
        return None

    def _take_last(self, ending: Ending, words: Sequence[_Word]) -> Ending | None:
        """The ending with one more thing in it, None when the last word belongs to the title."""
        person = self._person_ending_at(self._seen_end(ending.start), words)
        if person:
            words = self._words_left(words, person.start)
            for other in (ending.person, self._joined_before(person, words)):
                if other and other.id != person.id:
                    raise _several(self.decoded, *sorted((person, other)))
            has_preposition = bool(words) and words[-1].plain in _PREPOSITIONS
            start = words[-1].start if has_preposition else person.start
            return replace(ending, start=start, person=person)
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
        # Of those at hand, few may be left.
        words = (words if len(words) >= REACH else self._last_words(ending.start))[-REACH:]
        plains = [word.plain for word in words]
        for at in range(len(words) - 2, -1, -1):
            if plains[at] in KEYWORDS:
                said = words[at + 2 :] if plains[at + 1] == "on" else words[at + 1 :]
                due = self._as_typed(said, lambda run: read_due(run, self.now))
                if due:
                    start = words[_first_keyword(plains, at)].start
                    return replace(ending, start=start, due=due)
        return self._take_bare_due(ending, words)

    def _take_bare_due(self, ending: Ending, words: Sequence[_Word]) -> Ending | None:
        try:
            found = self._as_typed(words, lambda run: bare_ending(run, self.now))
        except PastDue as past:
            if _kept(words, len(past.words.split())):
                return None
            raise
        if found is None:
            return None
        count, due = found
        kept = _kept(words, count)
        start = words[-kept or -count].start
        span = (start, words[-1].end) if kept else ending.kept
        return replace(ending, start=start, due=due, kept=span)

    def _take_from_middle(self, ending: Ending) -> Ending:
        """Due words after a keyword further left, outside quotes; what follows them stays."""
        words = plain(self.text[: ending.start]).split()
        following = len(words)
        for at in itertools.islice(_keywords_backwards(words), DATES_MAX):
            behind = words[at + 1 : min(following, at + 1 + WORDS_MAX)]
            found = None if _is_quoted(words[:at]) else self._run(behind)
            if found:
                count, due = found
                gap = self._span(_first_keyword(words, at), at + count)
                return replace(ending, due=due, gap=gap)
            following = at
        return ending

    def _run(self, words: Sequence[str]) -> tuple[int, Due] | None:
        try:
            found = longest_run(words, self.now)
        except ReadingError:
            # Refused is only what stands last: further left it is a word among others.
            return None
        return None if found and found[0] == 1 and words[0] in ENGLISH else found

    def _span(self, first: int, last: int) -> tuple[int, int]:
        """Where in the line a word begins and another ends; invisible ones do not count."""
        seen = [at for at, word in enumerate(plain_words(self.text.split())) if word]
        start = len(self.text) - len(self.text.split(maxsplit=seen[first])[-1])
        words = itertools.islice(_WORD.finditer(self.text, start), seen[last] - seen[first] + 1)
        return start, [*words][-1].end()

    def _as_typed(self, words: Sequence[_Word], read: Callable[[list[str]], T]) -> T:
        """Read plain words; what is refused of them is told as it was typed."""
        try:
            return read([word.plain for word in words])
        except (PastDue, AmbiguousDate, NoSuchDate) as error:
            error.words = self._typed(words[-len(error.words.split()) :])
            raise

    def _typed(self, words: Sequence[_Word]) -> str:
        return self.text[words[0].start : words[-1].end]

    def _last_words(self, end: int) -> Sequence[_Word]:
        """The last words before a place: so many that there are rarely more to be looked for."""
        start = max(end - ENDING_MAX, 0)
        spans = [word.span() for word in _WORD.finditer(self.text, start, end)]
        # The first may be the end of a longer word.
        spans = spans[1 if start else 0 :][-4 * REACH :]
        typed = plain_words([self.text[slice(*span)] for span in spans])
        return [_Word(*span, word) for span, word in zip(spans, typed, strict=True) if word]

    def _words_left(self, words: Sequence[_Word], end: int) -> Sequence[_Word]:
        """Those of the words that stand before a place, or others once they are used up."""
        left = len(words)
        while left and words[left - 1].start >= end:
            left -= 1
        if not left:
            return self._last_words(end) if words else []
        *others, last = words[:left]
        if last.end <= end:
            return words[:left]
        # A person may have been written onto a word, of which a part is left.
        part = plain(self.text[last.start : end])
        return [*others, _Word(last.start, end, part)] if part else others

    def _title_end(self, end: int, words: Sequence[_Word]) -> int:
        """Where the title ends, without what only led to that which was taken behind it."""
        before = self.text[:end].rstrip()
        is_dangling = bool(words) and words[-1].plain in _DANGLING
        title = before[: words[-1].start].rstrip() if is_dangling else before
        if title[-1:] in _LITTER and not self._is_of_a_name(title):
            title = title.rstrip(" " + _LITTER)
        return len(before) if title is not before and is_blank(title) else len(title)

    def _is_of_a_name(self, title: str) -> bool:
        """Whether it ends within a name, or in that of an emoji."""
        end = len(title)
        return bool(_EMOJI.search(_last_word(title))) or self.decoded.touches(end - 1, end)

    def _seen_end(self, end: int) -> int:
        """Where that ends what can be seen before a place."""
        return end - blank_at_end(self.text[:end])

    def _person_ending_at(self, end: int, words: Sequence[_Word]) -> Mention | None:
        mention = self.decoded.behind(end - 1)
        if mention and mention.is_person and mention.end == end:
            return mention
        if words and words[-1].plain == "@me":
            return Mention(words[-1].start, end, self.actor_id, "me", is_person=True)
        return None

    def _joined_before(self, person: Mention, words: Sequence[_Word]) -> Mention | None:
        """The other one of `@tom and @maya`."""
        is_joined = bool(words) and words[-1].plain in _JOINING
        before = self.text[: words[-1].start if is_joined else person.start]
        end = len(before.rstrip().rstrip(_JOINTS))
        return self._person_ending_at(end, self._words_left(words, end))


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text else ""


def _before_joining(text: str) -> str:
    """The text without what joins its last person to the next one."""
    last = _last_word(text)
    return text.removesuffix(last if plain(last) in _JOINING else "").rstrip(_JOINTS)


def _first_keyword(words: Sequence[str], at: int) -> int:
    """Which word `by` is, or the `due` of `due by`."""
    return at - 1 if at and words[at - 1] == "due" and words[at] == "by" else at


def _kept(words: Sequence[_Word], count: int) -> int:
    """How many words belong to the title too, for a preposition among or before the last ones."""
    if any(word.plain in KEEPING for word in words[-count:]):
        return count
    return count + 1 if len(words) > count and words[-count - 1].plain in KEEPING else 0


def _keywords_backwards(words: Sequence[str]) -> Iterator[int]:
    """Which words are keywords with what may begin a date behind them, the last one first."""
    for at in range(len(words) - 2, -1, -1):
        if words[at] in KEYWORDS and may_begin(words[at + 1]):
            yield at


def _is_quoted(before: Sequence[str]) -> bool:
    """Whether a quote is still open behind these words."""
    text = " ".join(before)
    return text.count('"') % 2 == 1 or text.count("`") % 2 == 1


def _several(decoded: Decoded, *people: Mention) -> SeveralPeople:
    """The refusal, with the text once for each person, ready to be added."""
    other = people[-1]
    kept = _before_joining(decoded.text[: other.start].rstrip()) + decoded.text[other.end :]
    example = kept.partition("\n")[0].rstrip()
    names = tuple(person.name for person in people)
    # Most of a long text's time would go into what no button can hold, even without one of them.
    if _written_length(decoded) - max(map(len, map(encode_mention, people))) > CHOICE_MAX:
        return SeveralPeople(names, f"add {example}")
    everybody = sorted({*decoded.mentions, *people})
    pieces = list(_written(decoded.text, everybody))
    choices = tuple(_without(pieces, everybody.index(one)) for one in reversed(people))
    return SeveralPeople(names, f"add {example}", choices)


def _written_length(decoded: Decoded) -> int:
    """How long the text was when Slack sent it with a label for everybody."""
    return len(encode(decoded.text)) + sum(map(len, decoded.ids)) + _LABELLED * len(decoded.ids)


def _written(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """The text as Slack sent it: every other piece is a mention."""
    position = 0
    for mention in mentions:
        yield encode(text[position : mention.start])
        yield encode_mention(mention)
        position = mention.end
    yield encode(text[position:])


def _without(pieces: list[str], mention: int) -> str:
    """Without one of the mentions, and what joined it to another."""
    at = 2 * mention + 1
    before, behind = pieces[:at], pieces[at + 1 :]
    if at > 1 and not _before_joining(before[-1].strip()):
        before[-1] = " "
    elif len(behind) > 1 and not _before_joining(behind[0].strip()):
        behind[0] = ""
    return "".join(before + behind)
