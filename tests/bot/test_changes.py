"""What follows the verbs that change one thing of one task, and what is refused of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.reading.changes import (
    read_assignment,
    read_due_change,
    read_note,
    read_nothing,
    read_priority,
    read_title,
)
from bot.reading.errors import (
    AmbiguousDate,
    NoNumber,
    NoSuchDate,
    NotANumber,
    NothingAfter,
    NothingExpected,
    NotThat,
    OneNumberOnly,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    TooLong,
)
from bot.reading.numbers import read_numbers, split_number
from store import NOTES_MAX, TITLE_MAX, Due, DueAt, DueDay, Priority
from tests.factories import MAYA, TOM

MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))

READERS: dict[str, Callable[[str], object]] = {
    "assign": lambda typed: read_assignment(typed, "assign", MAYA),
    "due": lambda typed: read_due_change(typed, "due", MONDAY),
    "priority": lambda typed: read_priority(typed, "priority"),
    "edit": lambda typed: read_title(typed, "edit"),
    "note": lambda typed: read_note(typed, "note"),
    "undo": lambda typed: read_nothing(typed, "undo"),
    "settings": lambda typed: read_nothing(typed, "settings"),
    "feedback": lambda typed: read_nothing(typed, "feedback"),
}


@pytest.mark.parametrize(
    ("typed", "assignee_id", "names"),
    [
        ("12 <@U02|tom>", TOM, {TOM: "tom"}),
        ("#12 <@U02>", TOM, {TOM: "U02"}),
        ("12 to <@U02|tom>", TOM, {TOM: "tom"}),
        (" 12  FOR <@U02|Tom Reed> ", TOM, {TOM: "Tom Reed"}),
        ("12\u00a0<@U02|tom>\u200b", TOM, {TOM: "tom"}),
        ("12 <@U02|tom>\n", TOM, {TOM: "tom"}),
        ("12 me", MAYA, {}),
        ("12 @Me", MAYA, {}),
        ("12 to me", MAYA, {}),
        ("12 for @me", MAYA, {}),
        ("12 nobody", None, {}),
        ("12 None", None, {}),
        ("12 to nobody", None, {}),
        ("12 <@U02|tom>.", TOM, {TOM: "tom"}),
        ("12 <@U02|tom>,", TOM, {TOM: "tom"}),
        ("12: to <@U02|Tom Reed>!", TOM, {TOM: "Tom Reed"}),
        ("12 <@U02|tom> <@U02|tom>", TOM, {TOM: "tom"}),
        ("12 <@U02|tom>, <@U02|tom>.", TOM, {TOM: "tom"}),
        ("<@U02|Tom Reed> 12", TOM, {TOM: "Tom Reed"}),
        ("to <@U02|tom> #12.", TOM, {TOM: "tom"}),
        ("12 Me!", MAYA, {}),
        ("me 12", MAYA, {}),
        ("12 nobody?", None, {}),
    ],
)
def test_a_task_is_given_to_a_person_to_me_or_to_nobody(
    typed: str, assignee_id: str | None, names: dict[str, str]
) -> None:
    read = read_assignment(typed, "assign", MAYA)
    assert (read.number, read.assignee_id, read.names) == (12, assignee_id, names)


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ("12 tomorrow", DueDay(date(2026, 11, 24))),
        ("#12 Friday", DueDay(date(2026, 11, 27))),
        ("12 by friday", DueDay(date(2026, 11, 27))),
        ("12 on dec 3", DueDay(date(2026, 12, 3))),
        ("12 next friday", DueDay(date(2026, 12, 4))),
        ("12 fri 5pm", DueAt(datetime(2026, 11, 27, 16, tzinfo=UTC))),
        ("12 in\u00a02\u00a0hours", DueAt(datetime(2026, 11, 23, 11, tzinfo=UTC))),
        ("12 to\u200bmorrow", DueDay(date(2026, 11, 24))),
        ("12\n2026-12-03", DueDay(date(2026, 12, 3))),
        ("12 none", None),
        ("12 Never", None),
        ("12 nothing", None),
        ("12 none.", None),
        ("12, friday!", DueDay(date(2026, 11, 27))),
        ("12: on friday.", DueDay(date(2026, 11, 27))),
        ("12 tomorrow?", DueDay(date(2026, 11, 24))),
    ],
)
def test_a_task_is_due_at_another_time_or_never(typed: str, due: Due | None) -> None:
    assert read_due_change(typed, "due", MONDAY) == (12, due)


@pytest.mark.parametrize(
    ("typed", "priority"),
    [
        ("12 high", Priority.HIGH),
        ("12 !high", Priority.HIGH),
        ("#12 LOW", Priority.LOW),
        ("12 normal\n", Priority.NORMAL),
        ("12\u00a0!nor\u200bmal", Priority.NORMAL),
        ("12: high!", Priority.HIGH),
        ("high 12", Priority.HIGH),
        ("!low #12.", Priority.LOW),
    ],
)
def test_a_priority_is_one_of_three_words(typed: str, priority: Priority) -> None:
    assert read_priority(typed, "priority") == (12, priority)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("12 New title", "New title"),
        ("12 Ask <@U02|tom> by friday !high", "Ask @tom by friday !high"),
        ("12 @maya", "@maya"),
        ("12   a &lt; b &amp; c ", "a < b & c"),
        ('12 "In quotes"', "In quotes"),
        ("12 \u201cIn quotes\u201d", "In quotes"),
        ('12 Say "hi" and "bye"', 'Say "hi" and "bye"'),
        ("12 one\ntwo", "one two"),
        ("12 13", "13"),
        ("12 New title \n", "New title"),
        (f"12 {'t' * TITLE_MAX}", "t" * TITLE_MAX),
    ],
)
def test_a_new_title_keeps_every_word_on_one_line(typed: str, title: str) -> None:
    assert read_title(typed, "edit") == (12, title)


@pytest.mark.parametrize("typed", ["12", "#12 \n", "12 \u200b \u00a0", '12 ""'])
def test_a_number_without_a_title_asks_for_the_form(typed: str) -> None:
    assert read_title(typed, "edit") == (12, None)


@pytest.mark.parametrize("typed", ["", " \n"])
def test_a_form_needs_a_number(typed: str) -> None:
    assert_refused("edit", typed, NoNumber("edit"))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("12 See the logs", "See the logs"),
        ("12 one\ntwo\n\nthree\n", "one\ntwo\n\nthree"),
        ("12\nBelow the number", "Below the number"),
        ('12 "quoted" by <@U02|tom> friday', '"quoted" by @tom friday'),
        ("12 <https://x.org/a?b=1&amp;c=2>", "https://x.org/a?b=1&c=2"),
        (f"12 {'n' * NOTES_MAX}\n", "n" * NOTES_MAX),
    ],
)
def test_a_note_keeps_its_words_and_lines(typed: str, text: str) -> None:
    assert read_note(typed, "note") == (12, text)


@pytest.mark.parametrize("typed", ["", " \n", "\u00a0\u200b", "\0"])
def test_nothing_is_read_from_nothing(typed: str) -> None:
    read_nothing(typed, "undo")


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("12 x", 12, "x"),
        ("#12  x y", 12, "x y"),
        (" 12\nx\ny", 12, "x\ny"),
        ("1\u200b2 x", 12, "x"),
        ("012 x", 12, "x"),
        ("12, x", 12, "x"),
        ("#12: x, y.", 12, "x, y."),
        ("12. x", 12, "x"),
        ("12; x", 12, "x"),
        ("999999999 12", 999_999_999, "12"),
    ],
)
def test_a_number_is_split_from_what_follows_it(text: str, number: int, rest: str) -> None:
    assert split_number(text, "edit") == (number, rest)


@pytest.mark.parametrize(
    "typed", ["12 13", "12, 13.", "#12 and #13", "12 & 13", "12 &amp; 13", "12, AND 13;", "12: 13"]
)
def test_several_numbers_are_told_apart_however_they_are_joined(typed: str) -> None:
    assert read_numbers(typed, "done") == (12, 13)


@pytest.mark.parametrize("typed", ["12 and", "and 12", "12 and and 13 x", "12 or 13", "."])
def test_words_that_join_no_numbers_are_told_as_no_numbers(typed: str) -> None:
    with pytest.raises(NotANumber):
        read_numbers(typed, "done")


@pytest.mark.parametrize("word", ["x", "1,2", "##12", "12a", "1.2", "-1", "²", "١٢", "1234567890"])
def test_what_is_no_number_is_told_as_it_was_typed(word: str) -> None:
    with pytest.raises(NotANumber) as refused:
        split_number(f"{word} x", "edit")
    assert vars(refused.value) == {"verb": "edit", "word": word}


WITH_A_NUMBER = ("assign", "due", "priority", "note")


TOLD = {"assign": "@Tom Reed"}
"""Only there it is a person; in other places it is words."""


@pytest.mark.parametrize("verb", WITH_A_NUMBER)
def test_each_of_them_needs_a_number_and_something_after_it(verb: str) -> None:
    for typed, refusal in (
        ("", NoNumber(verb)),
        (" \n", NoNumber(verb)),
        ("soon", NotANumber(verb, "soon")),
        ("<@U02|Tom Reed> soon", NotANumber(verb, TOLD.get(verb, "@Tom"))),
        ("12", NothingAfter(verb, 12)),
        ("#12 \n", NothingAfter(verb, 12)),
        ("12 \u200b \u00a0", NothingAfter(verb, 12)),
    ):
        assert_refused(verb, typed, refusal)


@pytest.mark.parametrize(
    ("verb", "typed", "refusal"),
    [
        ("assign", "12 @maya", PersonNotPicked("@maya")),
        ("assign", "12 maya", PersonNotPicked("maya")),
        ("assign", "12 to Tom", PersonNotPicked("Tom")),
        ("assign", "12 <!here>", PersonNotPicked("@here")),
        ("assign", "12 @Anna Maria", PersonNotPicked("@Anna Maria")),
        ("assign", "12 to @zed.", PersonNotPicked("@zed")),
        ("assign", "12 <#C01|dev>", PersonNotPicked("#dev")),
        ("assign", "tom 12", PersonNotPicked("tom")),
        ("assign", "12 Tom Reed please", NotThat("assign", 12, "Tom Reed please")),
        ("assign", "12 <@U02|Tom Reed> please", NotThat("assign", 12, "@Tom Reed please")),
        ("assign", "12 !", NothingAfter("assign", 12)),
        ("assign", "12 to", NothingAfter("assign", 12)),
        ("assign", "12 tom reed", NotThat("assign", 12, "tom reed")),
        ("assign", "12 13", OneNumberOnly("assign", 12)),
        ("assign", "12 me 13", OneNumberOnly("assign", 12)),
        ("assign", "12 13 <@U02|tom>", NotThat("assign", 12, "13 @tom")),
        ("assign", "12 <@U02|tom> please", NotThat("assign", 12, "@tom please")),
        (
            "assign",
            "12 <@U02|tom> <@U03|ada>",
            SeveralPeople(("tom", "ada"), "assign 12 @tom"),
        ),
        (
            "assign",
            "<@U02|tom>, <@U03|ada> <@U02|tom> 12",
            SeveralPeople(("tom", "ada"), "assign 12 @tom"),
        ),
        ("due", "12 soon \n", NotThat("due", 12, "soon")),
        ("due", "12 by", NotThat("due", 12, "by")),
        ("due", "12 friday maybe", NotThat("due", 12, "friday maybe")),
        ("due", "12 9:00", PastDue("9:00", "tomorrow 09:00")),
        ("due", "12 9:00!", PastDue("9:00", "tomorrow 09:00")),
        ("due", "12 by 2026-11-20", PastDue("by 2026-11-20", "2027-11-20")),
        ("due", "12 12/3", AmbiguousDate("12/3", ("2027-03-12", "2026-12-03"))),
        ("due", "12 30 Feb", NoSuchDate("30 Feb", "2027-03-01")),
        ("priority", "12 urgent", NotThat("priority", 12, "urgent")),
        ("priority", "12 high low", NotThat("priority", 12, "high low")),
        ("priority", "12 !!high", NotThat("priority", 12, "!!high")),
        ("edit", f"12 {'t' * 201}", TooLong("title", 201, TITLE_MAX)),
        ("note", f"12 {'n' * 3_001}", TooLong("notes", 3_001, NOTES_MAX)),
        ("undo", "12", NothingExpected("undo")),
        ("settings", "digest on", NothingExpected("settings")),
        ("feedback", "I like it", NothingExpected("feedback")),
        ("undo", "the last one", NothingExpected("undo")),
        *((verb, "x" * 20_001, TooLong("text", 20_001, 20_000)) for verb in READERS),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_facts(
    verb: str, typed: str, refusal: ReadingError
) -> None:
    assert_refused(verb, typed, refusal)


def assert_refused(verb: str, typed: str, refusal: ReadingError) -> None:
    with pytest.raises(type(refusal)) as refused:
        READERS[verb](typed)
    assert vars(refused.value) == vars(refusal)
