"""What requests leave behind to be counted: noted in memory, and written by a clock.

A request waits for none of it. All of it adds up, so that replicas may write side by side.
"""

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import Clock, day_of, hour_of
from store.contacts import Active, note_active
from store.database import Database
from store.models import SlackUser
from store.tables import fault_hours, verb_days, word_days

OTHER = "(other)"
"""What is counted together; like all that stands for more than one word, in brackets."""
WORDS_A_DAY = 500
"""As many different words are kept of a day: people can type any."""


@dataclass(slots=True)
class Noted:
    """What is to be written."""

    active: set[Active] = field(default_factory=set)
    commands: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
    words: Counter[tuple[int, str]] = field(default_factory=Counter)
    faults: Counter[tuple[int, str]] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return any((self.active, self.commands, self.words, self.faults))

    def add(self, other: "Noted") -> None:
        self.active |= other.active
        self.commands += other.commands
        self.words += other.words
        self.faults += other.faults


Counts = Counter[tuple[int, str]] | Counter[tuple[int, str, str, str]]
"""By the primary key of a table of sums."""


class Usage:
    """Notes what was used, what was not understood and what failed; `flush` writes it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted = Noted()

    def note_active(self, actor: SlackUser) -> None:
        """Somebody sent a request today."""
        self._noted.active.add((actor.team_id, actor.user_id, self._today()))

    def note_command(self, verb: str, outcome: str, reason: str) -> None:
        """A command came to an outcome; `reason`: why it was rejected, empty if it was not."""
        self._noted.commands[self._today(), verb, outcome, reason] += 1

    def note_word(self, word: str) -> None:
        """A command began with a word that is no verb."""
        today = self._today()
        is_known = _is_many(word) or (today, word) in self._noted.words
        is_kept = is_known or len(self._noted.words) < WORDS_A_DAY
        self._noted.words[today, word if is_kept else OTHER] += 1

    def note_fault(self, place: str) -> None:
        """Something of ours failed."""
        self._noted.faults[hour_of(self._clock()), place] += 1

    async def flush(self) -> None:
        """Write what was noted, if anything was; what cannot be written is kept for the next time.

        Raises:
            NotSaved
        """
        if not self._noted:
            return
        noted, self._noted = self._noted, Noted()
        today = self._today()
        try:
            await self._database.write(lambda connection: _write(connection, noted, today))
        except Exception:
            self._noted.add(noted)
            raise

    def _today(self) -> int:
        return day_of(self._clock())


def _write(connection: sa.Connection, noted: Noted, today: int) -> None:
    if noted.active:
        note_active(connection, noted.active, today)
    _add_up(connection, verb_days, noted.commands)
    _add_up(connection, word_days, _within_limit(connection, noted.words))
    _add_up(connection, fault_hours, noted.faults)


def _add_up(connection: sa.Connection, table: sa.Table, counts: Counts) -> None:
    names = [*table.primary_key.columns.keys(), "count"]
    rows = [dict(zip(names, (*key, count), strict=True)) for key, count in counts.items()]
    if rows:
        insert = sqlite.insert(table)
        more = {"count": table.c.count + insert.excluded["count"]}
        connection.execute(insert.on_conflict_do_update(index_elements=names[:-1], set_=more), rows)


def _within_limit(
    connection: sa.Connection, words: Counter[tuple[int, str]]
) -> Counter[tuple[int, str]]:
    """The same, with the words that are too many for their day counted together."""
    days = {day for day, _ in words}
    asked = sa.select(word_days.c.day, word_days.c.word).where(word_days.c.day.in_(days))
    known = {(row.day, row.word) for row in connection.execute(asked) if not _is_many(row.word)}
    room = Counter(dict.fromkeys(days, WORDS_A_DAY))
    room.subtract(day for day, _ in known)
    kept: Counter[tuple[int, str]] = Counter()
    for (day, word), count in words.items():
        is_new = not _is_many(word) and (day, word) not in known
        kept[day, OTHER if is_new and room[day] <= 0 else word] += count
        room[day] -= is_new
    return kept


def _is_many(word: str) -> bool:
    """It stands for any number of words, and is none itself: words are made of letters."""
    return word.startswith("(")
