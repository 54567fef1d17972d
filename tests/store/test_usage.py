"""What is noted in memory and written by a clock: it adds up, and nothing is written twice."""

import sqlite3
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store import OTHER, Database, Insights, NotSaved, SlackUser, Usage
from store.usage import WORDS_A_DAY
from tests.factories import MAYA, NOW, TEAM, TOM, Clock

TODAY = 20_780


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda c: [tuple(row) for row in c.execute(sa.text(query))])


async def active(database: Database) -> list[tuple[Any, ...]]:
    return await rows(database, "SELECT user_id, day FROM person_days ORDER BY user_id, day")


async def test_who_was_active_is_noted_once_a_day_and_written_when_asked(
    database: Database, usage: Usage, clock: Clock
) -> None:
    for _ in range(3):
        usage.note_active(SlackUser(TEAM, MAYA))
    usage.note_active(SlackUser(TEAM, TOM))
    assert await active(database) == []
    await usage.flush()
    usage.note_active(SlackUser(TEAM, MAYA))
    clock.pass_by(days=1)
    usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    await usage.flush()
    assert await active(database) == [(MAYA, TODAY), (MAYA, TODAY + 1), (TOM, TODAY)]


async def test_first_and_last_days_are_true_in_whatever_order_they_are_written(
    database: Database, usage: Usage, clock: Clock
) -> None:
    late = Usage(database, clock)
    late.note_active(SlackUser(TEAM, MAYA))
    clock.pass_by(days=2)
    usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    await late.flush()
    asked = "SELECT user_id, first_day, last_day FROM contacts"
    assert await rows(database, asked) == [(MAYA, TODAY, TODAY + 2)]


async def test_what_could_not_be_written_is_kept_for_the_next_time(
    database: Database, usage: Usage
) -> None:
    note_one_of_each(usage)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotSaved):
        await usage.flush()
    note_one_of_each(usage)
    other.execute("ROLLBACK")
    other.close()
    await usage.flush()
    assert await active(database) == [(MAYA, TODAY)]
    assert await rows(database, "SELECT * FROM verb_days") == [(TODAY, "add", "answered", "", 2)]
    assert await rows(database, "SELECT * FROM word_days") == [(TODAY, "remind", 2)]
    assert await rows(database, "SELECT * FROM fault_hours") == [(TODAY * 24 + 9, "delivery", 2)]


async def test_nothing_is_written_when_nothing_was_noted(database: Database, usage: Usage) -> None:
    note_one_of_each(usage)
    await usage.flush()
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await usage.flush()
    other.close()


async def test_replicas_add_up(database: Database, usage: Usage, clock: Clock) -> None:
    other = Usage(database, clock)
    for one in (usage, other, usage):
        note_one_of_each(one)
        one.note_command("add", "rejected", "past_due")
        await one.flush()
    verbs = "SELECT outcome, reason, count FROM verb_days ORDER BY outcome"
    assert await rows(database, verbs) == [("answered", "", 3), ("rejected", "past_due", 3)]
    assert await rows(database, "SELECT word, count FROM word_days") == [("remind", 3)]
    assert await rows(database, "SELECT place, count FROM fault_hours") == [("delivery", 3)]


async def test_what_happened_on_another_day_or_in_another_hour_stands_by_itself(
    database: Database, usage: Usage, clock: Clock
) -> None:
    clock.now = NOW.replace(hour=23, minute=59, second=59)
    note_one_of_each(usage)
    clock.pass_by(seconds=1)
    note_one_of_each(usage)
    await usage.flush()
    for table in ("verb_days", "word_days"):
        found = await rows(database, f"SELECT day FROM {table} ORDER BY day")  # noqa: S608  # a name of ours
        assert found == [(TODAY,), (TODAY + 1,)]
    hours = await rows(database, "SELECT hour, count FROM fault_hours ORDER BY hour")
    assert hours == [((TODAY + 1) * 24 - 1, 1), ((TODAY + 1) * 24, 1)]


@pytest.mark.parametrize(("replicas", "every"), [(1, 1_000), (1, 40), (2, 41)])
async def test_only_so_many_different_words_are_kept_of_a_day(
    database: Database, usage: Usage, clock: Clock, replicas: int, every: int
) -> None:
    writers = [usage, Usage(database, clock)][:replicas]
    typed = [letters(at) for at in range(WORDS_A_DAY + 30)]
    for at, word in enumerate([*typed, "(number)", *typed[:7]]):
        writers[at % replicas].note_word(word)
        if at % every == every - 1:
            await writers[at % replicas].flush()
    for writer in writers:
        await writer.flush()
    kept = Counter(dict(await rows(database, "SELECT word, count FROM word_days")))
    assert kept.total() == len(typed) + 8
    assert len(kept.keys() - {"(number)", OTHER}) == WORDS_A_DAY
    assert (kept[OTHER], kept["(number)"]) == (30, 1)
    assert kept[typed[0]] == 2
    clock.pass_by(days=1)
    usage.note_word(typed[-1])
    await usage.flush()
    tomorrow = f"SELECT word FROM word_days WHERE day = {TODAY + 1}"  # noqa: S608  # a number
    assert await rows(database, tomorrow) == [(typed[-1],)]


async def test_memory_holds_no_more_words_than_a_day_keeps(
    database: Database, usage: Usage
) -> None:
    for at in range(10 * WORDS_A_DAY):
        usage.note_word(letters(at))
    await usage.flush()
    kept = dict(await rows(database, "SELECT word, count FROM word_days"))
    assert len(kept) == WORDS_A_DAY + 1
    assert kept[OTHER] == 9 * WORDS_A_DAY


async def test_what_comes_after_its_day_was_summed_is_counted_where_it_belongs(
    database: Database, usage: Usage, insights: Insights, clock: Clock
) -> None:
    late = Usage(database, clock)
    usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    late.note_active(SlackUser(TEAM, TOM))
    clock.pass_by(days=40)
    await insights.settle()
    asked = "SELECT value FROM day_sums WHERE figure = 'active' ORDER BY day LIMIT 1"
    assert await rows(database, asked) == [(1,)]
    await late.flush()
    assert await rows(database, asked) == [(2,)]
    report = await insights.report()
    assert [day.active for day in report.days if day.active] == [2]


async def test_a_late_note_of_a_first_week_is_counted_though_it_was_over(
    database: Database, usage: Usage, insights: Insights, clock: Clock
) -> None:
    late = Usage(database, clock)
    usage.note_active(SlackUser(TEAM, MAYA))
    clock.pass_by(days=8)
    late.note_active(SlackUser(TEAM, MAYA))
    clock.now = NOW + timedelta(days=36)
    await usage.flush()
    await insights.settle()
    assert (await insights.numbers()).users_retained == {"1": 0, "4": 0}
    await late.flush()
    assert (await insights.numbers()).users_retained == {"1": 1, "4": 0}
    await insights.settle()
    assert (await insights.numbers()).users_retained == {"1": 1, "4": 0}


def note_one_of_each(usage: Usage) -> None:
    usage.note_active(SlackUser(TEAM, MAYA))
    usage.note_command("add", "answered", "")
    usage.note_word("remind")
    usage.note_fault("delivery")


def letters(at: int) -> str:
    """A word of its own for each number."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(at))
