"""From the words after a verb to what was meant: a new task, numbers, or a list."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.reading.errors import (
    NoNumber,
    NotANumber,
    NoTitle,
    OneNumberOnly,
    PersonNotPicked,
    SeveralPeople,
    TooLong,
    TooManyNumbers,
)
from bot.reading.normal import Decoded, Mention, decode, encode, encode_mention, plain
from store import NOTES_MAX, OPEN, TITLE_MAX, ListQuery, NewTask, Priority, Status

NUMBERS_MAX = 20
QUERY_MAX = 190
"""A list's query travels in each row's block_id, which holds 255 characters."""

ENDING_MAX = 300
"""What is taken from the end of a line is shorter, whatever stands there."""

_NUMBER = re.compile(r"#?(\d{1,9})", re.ASCII)
_PRIORITIES = {f"!{priority}": priority for priority in Priority}
_STATES = {
    "todo": frozenset({Status.TODO}),
    "doing": frozenset({Status.DOING}),
    "open": OPEN,
    "done": frozenset({Status.DONE}),
}


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A new task as it was read."""

    new: NewTask
    title_was_cut: bool


def read_new_task(raw: str, actor_id: str) -> ReadTask:
    """Read what follows `add`: a title, what stands at the end of its line, and notes below.

    Raises:
        NoTitle, SeveralPeople, PersonNotPicked, TooLong: in the order of reading.
    """
    decoded = decode(raw.replace("\r\n", "\n").strip())
    line, _, below = decoded.text.partition("\n")
    _refuse_what_never_fits(line, below.strip())
    ending = _read_ending(line, decoded, actor_id)
    title, beyond = _cut(_unquoted(line[: ending.start].strip()))
    if not plain(title).strip():
        raise NoTitle
    notes = "\n".join(part for part in (beyond, below.strip()) if part)
    if len(notes) > NOTES_MAX:
        raise TooLong("notes", len(notes), NOTES_MAX)
    new = NewTask(
        title=title,
        notes=notes,
        assignee_id=ending.person.id if ending.person else None,
        priority=ending.priority or Priority.NORMAL,
        quiet=ending.quiet,
        names={one.id: one.name for one in decoded.mentions if one.is_person},
    )
    return ReadTask(new, bool(beyond))


def _refuse_what_never_fits(line: str, below: str) -> None:
    """Before the line is read word by word, which takes its time."""
    length = max(len(line) - TITLE_MAX, 0) + len(below)
    if length > NOTES_MAX + ENDING_MAX:
        raise TooLong("notes", length, NOTES_MAX)


def read_numbers(raw: str, verb: str) -> tuple[int, ...]:
    """Read up to twenty task numbers, `12` and `#12` alike.

    Raises:
        NoNumber, NotANumber, TooManyNumbers
    """
    words = decode(raw).text.replace(",", " ").split()
    if not words:
        raise NoNumber(verb)
    if len(words) > NUMBERS_MAX:
        raise TooManyNumbers(verb, len(words), NUMBERS_MAX)
    return tuple(_number(word, verb) for word in words)


def read_number(raw: str, verb: str) -> int:
    """Read one task number.

    Raises:
        NoNumber, NotANumber, TooManyNumbers, OneNumberOnly
    """
    first, *others = read_numbers(raw, verb)
    if others:
        raise OneNumberOnly(verb, first)
    return first


def read_list(raw: str, actor_id: str, channel_id: str | None) -> ListQuery:
    """Read what follows `list`; without a word about whose, mine; without a state, open.

    Raises:
        SeveralPeople, PersonNotPicked, TooLong
    """
    decoded = decode(raw)
    reading = _ListReading(actor_id, channel_id)
    for word in re.finditer(r"\S+", decoded.text):
        mention = _mention_behind(decoded, word.start())
        if mention is None or mention.start > word.start():
            reading.take(word.group())
        elif mention.start == word.start():
            reading.take_mention(mention)
    query = reading.query()
    length = len(write_list(query))
    if length > QUERY_MAX:
        raise TooLong("search", length, QUERY_MAX)
    return query


def write_list(query: ListQuery) -> str:
    """A query as words that `read_list` reads back, whoever reads them and wherever."""
    words = [f"<@{query.owner_id}>" if query.owner_id else "all"]
    if query.channel_id:
        words.append(f"<#{query.channel_id}>")
    if query.nobody:
        words.append("nobody")
    words += sorted(query.states)
    if query.priority:
        words.append(f"!{query.priority}")
    return " ".join([*words, *(encode(word) for word in query.words)])


@dataclass(frozen=True, slots=True)
class _Ending:
    """What was taken from the end of the line, and where the title ends."""

    start: int
    person: Mention | None = None
    priority: Priority | None = None
    quiet: bool = False


def _read_ending(line: str, decoded: Decoded, actor_id: str) -> _Ending:
    """Take words from the end of the line for as long as they are ours."""
    ending = _Ending(len(line.rstrip()))
    while True:
        taken = _take_last(line, decoded, actor_id, ending)
        if taken is None:
            return ending
        ending = replace(taken, start=len(line[: taken.start].rstrip()))


def _take_last(line: str, decoded: Decoded, actor_id: str, ending: _Ending) -> _Ending | None:
    """The ending with one more word in it, None when the last word belongs to the title."""
    person = _person_ending_at(line, decoded, ending.start, actor_id)
    if person:
        if ending.person:
            raise _several(decoded, person, ending.person)
        return replace(ending, start=_before_preposition(line, person.start), person=person)
    last = _last_word(line[: ending.start])
    start = ending.start - len(last)
    if not last or _touches_mention(decoded, start, ending.start):
        return None
    word = plain(last)
    if word in _PRIORITIES:
        chosen = ending.priority or _PRIORITIES[word]
        return replace(ending, start=start, priority=chosen)
    if word == "!quiet":
        return replace(ending, start=start, quiet=True)
    if word.startswith("@") and len(word) > 1:
        raise PersonNotPicked(last)
    return None


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text else ""


def _person_ending_at(line: str, decoded: Decoded, end: int, actor_id: str) -> Mention | None:
    mention = _mention_behind(decoded, end - 1)
    if mention and mention.is_person and mention.end == end:
        return mention
    last = _last_word(line[:end])
    if plain(last) == "@me":
        return Mention(end - len(last), end, actor_id, "me", is_person=True)
    return None


def _touches_mention(decoded: Decoded, start: int, end: int) -> bool:
    """Whether Slack made a person or a channel of part of the word, as in `"for @maya"`."""
    mention = _mention_behind(decoded, start)
    return mention is not None and mention.start < end


def _mention_behind(decoded: Decoded, position: int) -> Mention | None:
    """The first mention that ends behind a position."""
    at = bisect_right(decoded.mentions, position, key=lambda one: one.end)
    return decoded.mentions[at] if at < len(decoded.mentions) else None


def _before_preposition(line: str, start: int) -> int:
    """Where the title ends when `for` or `to` stands before the person."""
    before = line[:start].rstrip()
    last = _last_word(before)
    return len(before) - len(last) if plain(last) in {"for", "to"} else len(before)


def _several(decoded: Decoded, *people: Mention) -> SeveralPeople:
    """The refusal, with the text once for each person, ready to be added."""
    everybody = sorted({*decoded.mentions, *people}, key=lambda mention: mention.start)
    choices = (_written(decoded, everybody, without=other) for other in reversed(people))
    return SeveralPeople(tuple(person.name for person in people), tuple(choices))


def _written(decoded: Decoded, mentions: Sequence[Mention], without: Mention) -> str:
    parts: list[str] = []
    position = 0
    for mention in mentions:
        parts.append(encode(decoded.text[position : mention.start]))
        if mention != without:
            parts.append(encode_mention(mention))
        position = mention.end
    return "".join([*parts, encode(decoded.text[position:])])


def _unquoted(title: str) -> str:
    """Quotes round the whole title are there to keep its words; any others belong to it."""
    quotes = [at for at, character in enumerate(title) if plain(character) == '"']
    return title[1:-1].strip() if quotes == [0, len(title) - 1] else title


def _cut(title: str) -> tuple[str, str]:
    """The title at its longest, cut between words where there are any, and what is beyond."""
    if len(title) <= TITLE_MAX:
        return title, ""
    space = title.rfind(" ", TITLE_MAX // 2, TITLE_MAX + 1)
    at = space if space > 0 else TITLE_MAX
    return title[:at].rstrip(), title[at:].lstrip()


def _number(word: str, verb: str) -> int:
    match = _NUMBER.fullmatch(plain(word))
    if match is None:
        raise NotANumber(verb, word)
    return int(match.group(1))


@dataclass(slots=True)
class _ListReading:
    """What the words of a list have said so far."""

    actor_id: str
    here: str | None
    people: dict[str, str] = field(default_factory=dict)
    channel_id: str | None = None
    everybody: bool = False
    nobody: bool = False
    states: frozenset[Status] = frozenset()
    priority: Priority | None = None
    words: list[str] = field(default_factory=list)

    def take_mention(self, mention: Mention) -> None:
        if mention.is_person:
            self.people[mention.id] = mention.name
        else:
            self.channel_id = mention.id

    def take(self, word: str) -> None:
        match plain(word):
            case "me" | "@me":
                self.people[self.actor_id] = "me"
            case "all" | "everyone":
                self.everybody = True
            case "nobody":
                self.nobody = True
            case "here":
                self.channel_id = self.here
            case state if state in _STATES:
                self.states |= _STATES[state]
            case priority if priority in _PRIORITIES:
                self.priority = _PRIORITIES[priority]
            case name if name.startswith("@") and len(name) > 1:
                raise PersonNotPicked(word)
            case other if other:
                self.words.append(word)

    def query(self) -> ListQuery:
        if len(self.people) > 1:
            raise SeveralPeople(tuple(self.people.values()))
        lifted = self.everybody or self.nobody or self.channel_id is not None
        nobody_named = None if lifted else self.actor_id
        return ListQuery(
            owner_id=next(iter(self.people), nobody_named),
            nobody=self.nobody,
            channel_id=self.channel_id,
            states=self.states or OPEN,
            priority=self.priority,
            words=_distinct(self.words),
        )


def _distinct(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(word) for word in words))
