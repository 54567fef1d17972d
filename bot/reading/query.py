"""What follows `list`: which tasks, in words that can be read back from a button."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.reading.errors import (
    PersonNotPicked,
    SeveralPeople,
    SeveralPriorities,
    TooLong,
)
from bot.reading.normal import Decoded, Mention, decode, encode, plain
from store import OPEN, DueBy, ListQuery, Priority, Status

QUERY_MAX = 180
"""A list's query travels in each row's block_id, which holds 255 characters."""

TYPED_MAX = 1_000
"""More than any list takes; longer texts are refused before they are read word by word."""

PRIORITIES = {f"!{priority}": priority for priority in Priority}
_STATES = {
    "todo": frozenset({Status.TODO}),
    "doing": frozenset({Status.DOING}),
    "open": OPEN,
    "done": frozenset({Status.DONE}),
}
_DUE = {str(due): due for due in DueBy}
_NARROWEST = tuple(DueBy)
_OURS = frozenset({"", "me", "all", "everyone", "nobody", "here", *_STATES, *_DUE, *PRIORITIES})
"""What is never searched for."""
_WORD = re.compile(r"\S+")


def read_list(raw: str, actor_id: str, channel_id: str | None) -> ListQuery:
    """Read what follows `list`; without a word about whose, mine; without a state, open.

    Raises:
        SeveralPeople, SeveralPriorities, PersonNotPicked, TooLong
    """
    decoded = decode(raw)
    if len(decoded.text) > TYPED_MAX:
        raise TooLong("search", len(decoded.text), QUERY_MAX)
    reading = _ListReading(actor_id, channel_id)
    for part in _parts(decoded):
        if isinstance(part, Mention):
            reading.take_mention(part)
        else:
            reading.take(part)
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
    if query.due:
        words.append(query.due)
    if query.priority:
        words.append(f"!{query.priority}")
    return " ".join([*words, encode(" ".join(query.words))] if query.words else words)


def _parts(decoded: Decoded) -> Iterator[Mention | str]:
    """The people, channels and words in their order; a name with spaces is one part."""
    mentions = iter(decoded.mentions)
    mention = next(mentions, None)
    for word in _WORD.finditer(decoded.text):
        start = word.start()
        while mention and mention.end <= start:
            mention = next(mentions, None)
        if mention is None or mention.start > start:
            yield word.group()
        elif mention.start == start:
            yield mention


def _unquoted(word: str) -> str:
    """A word without quotes round it or its phrase, which may keep it from being one of ours."""
    inner = word.strip('"')
    return word if inner in _OURS or inner.startswith("@") else inner


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
    due: list[DueBy] = field(default_factory=list)
    priority: Priority | None = None
    words: dict[str, None] = field(default_factory=dict)
    """Each once, in their order."""

    def take_mention(self, mention: Mention) -> None:
        if mention.is_person:
            self.people[mention.id] = mention.name
        else:
            self.channel_id = mention.id

    def take(self, word: str) -> None:
        match _unquoted(plain(word)):
            case searched if searched == "@" or not (searched[:1] == "@" or searched in _OURS):
                self.words[searched] = None
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
            case due if due in _DUE:
                self.due.append(_DUE[due])
            case priority if priority in PRIORITIES:
                self._take_priority(PRIORITIES[priority])
            case name if name:
                raise PersonNotPicked(word)

    def _take_priority(self, priority: Priority) -> None:
        if self.priority not in {None, priority}:
            raise SeveralPriorities((f"!{self.priority}", f"!{priority}"))
        self.priority = priority

    def query(self) -> ListQuery:
        if len(self.people) > 1:
            names = tuple(self.people.values())
            raise SeveralPeople(names, f"list @{names[0]}")
        lifted = self.everybody or self.nobody or self.channel_id is not None
        nobody_named = None if lifted else self.actor_id
        return ListQuery(
            owner_id=next(iter(self.people), nobody_named),
            nobody=self.nobody,
            channel_id=self.channel_id,
            states=self.states or OPEN,
            due=min(self.due, key=_NARROWEST.index, default=None),
            priority=self.priority,
            words=tuple(self.words),
        )
