"""Reading never raises anything but its own errors, on any text, and is never slow."""

import contextlib
import re
import statistics
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.drawing.blocks import Message
from bot.payloads import Kind, Payload
from bot.reading.changes import (
    read_assignment,
    read_due_change,
    read_note,
    read_nothing,
    read_priority,
    read_title,
)
from bot.reading.errors import (
    NoNumber,
    NotANumber,
    NoTitle,
    OneNumberOnly,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    SeveralPriorities,
    TooLong,
    TooManyNumbers,
    UnknownVerb,
)
from bot.reading.grammar import read_new_task
from bot.reading.normal import RAW_MAX, decode, encode, encode_mention, plain
from bot.reading.numbers import NUMBERS_MAX, read_number, read_numbers
from bot.reading.query import QUERY_MAX, read_list, write_list
from bot.reading.verbs import ALIASES, BARE, read_verb
from bot.unread import unread
from store import NOTES_MAX, OPEN, TITLE_MAX, ListQuery, Priority, Status
from tests.factories import MAYA, reader, task

NOW = reader().now
SLOWEST_SECONDS = 0.1
TYPICAL_SECONDS = 100e-6
LONG_SECONDS = 1e-3
YARDSTICK_SECONDS = 215e-6
"""What the yardstick took on two quiet cores of the kind that the limits are meant for."""
PAUSE_SECONDS = 0.01
"""Before what was slow is read again: what else the machine does may be over by then."""
LONGEST = 250_000

PIECES = st.sampled_from(
    [
        *("add", "list", "done", "me", "@me", "all", "here", "nobody", "open", "doing", "todo"),
        *(
            "due",
            "by",
            "due by",
            "friday",
            "5pm",
            "next",
            "in 3 days",
            "12/3",
            "2025-01-01",
            "none",
        ),
        *("tomorrow", "30 feb", "eod", "dec 3", "assign 12", "note", "edit", "undo", "settings"),
        "feedback",
        "priority",
        *("!high", "!low", "!quiet", "!normal", "for", "to", "12", "#12", "0", "999999999"),
        *("<@U01|maya>", "<@W02>", "<@u01>", "<@U03|>", "<#C01|dev>", "<#C02>", "<@U04|a b>"),
        *("<!channel>", "<!here|here>", "<!subteam^S1|@ops>", "<!date^1^{date}|now>"),
        *("<https://x.org|x.org>", "<https://x.org>", "<mailto:a@b.c|a@b.c>", "<>", "<|>", "<@>"),
        *("&lt;", "&gt;", "&amp;", "&amp;lt;", "&quot;", "<", ">", "|", "&", ";"),
        *(
            '"',
            "“",
            "”",
            "'",
            "\u2019",
            "«",
            "@maya",
            "@",
            "!",
            "#",
            ":tada:",
            "*b*",
            "~",
            "`",
            "_",
        ),
        *("\0", "\x01", "\x1f", "\x7f", "\x85", "\r\n", "\n", "\t", "\u00a0", "\u2007", "\u2028"),
        *("\u200b", "\u200f", "\u202e", "\u2066", "\u2069", "\u061c", "\ufeff", "\u00ad"),
        *("İ", "ß", "ŉ", "ﬁ", "Σ", "🎉", "👩‍👩‍👧", "e\u0301", "\U000e0041", "\ufffd"),
    ]
)
TYPED = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.lists(PIECES, max_size=40).map("".join),
)

READERS: dict[str, Callable[[str], object]] = {
    "decode": decode,
    "read_verb": read_verb,
    "read_new_task": lambda text: read_new_task(text, "U01", NOW),
    "read_numbers": lambda text: read_numbers(text, "done"),
    "read_number": lambda text: read_number(text, "show"),
    "read_list": lambda text: read_list(text, "U01", "C01"),
    "read_list in no channel": lambda text: read_list(text, "U01", None),
    "read_assignment": lambda text: read_assignment(f"12 {text}", "assign", "U01"),
    "read_due_change": lambda text: read_due_change(f"12 {text}", "due", NOW),
    "read_priority": lambda text: read_priority(f"12 {text}", "priority"),
    "read_title": lambda text: read_title(f"12 {text}", "edit"),
    "read_note": lambda text: read_note(f"12 {text}", "note"),
    "read_nothing": lambda text: read_nothing(text, "undo"),
}
BY_VERB: dict[str, Callable[[str], object]] = {
    BARE: lambda _: None,
    "add": READERS["read_new_task"],
    "list": READERS["read_list"],
    **{
        verb: lambda rest, verb=verb: read_numbers(rest, verb)  # type: ignore[misc]
        for verb in ("done", "start", "reopen", "delete", "restore")
    },
    **{
        verb: lambda rest, verb=verb: read_number(rest, verb)  # type: ignore[misc]
        for verb in ("show", "history")
    },
    "assign": lambda rest: read_assignment(rest, "assign", "U01"),
    "due": lambda rest: read_due_change(rest, "due", NOW),
    "priority": lambda rest: read_priority(rest, "priority"),
    "edit": lambda rest: read_title(rest, "edit"),
    "note": lambda rest: read_note(rest, "note"),
    "undo": lambda rest: read_nothing(rest, "undo"),
    "settings": lambda rest: read_nothing(rest, "settings"),
    "stats": lambda rest: read_nothing(rest, "stats"),
    "feedback": lambda rest: read_nothing(rest, "feedback"),
    "help": read_verb,
}


def read_command(text: str) -> object:
    """Read a whole command, its verb first."""
    typed = read_verb(text)
    return BY_VERB[typed.verb](typed.rest)


bounded = settings(max_examples=150, deadline=None, derandomize=True)


def seconds_to_read(
    reader: Callable[[str], object], text: str, limit: float = SLOWEST_SECONDS, times: int = 3
) -> float:
    """The best of a few times, since the machine is shared; nothing but ReadingError is caught."""
    best = once(reader, text)
    for _ in range(times - 1):
        if best < limit:
            break
        time.sleep(PAUSE_SECONDS)
        best = min(best, once(reader, text))
    return best


def once(reader: Callable[[str], object], text: str) -> float:
    tracer = sys.gettrace()
    sys.settrace(None)  # measuring coverage makes it several times slower
    began = time.thread_time()
    try:
        with contextlib.suppress(ReadingError):
            reader(text)
        return time.thread_time() - began
    finally:
        sys.settrace(tracer)


def yardstick(text: str) -> None:
    for word in (text * 900).split():
        word.casefold()


def slowdown() -> float:
    """How much slower the machine is now: other tests share its cores, or it is another one."""
    return max(
        1.0, min(once(yardstick, "The quick brown Fox ") for _ in range(9)) / YARDSTICK_SECONDS
    )


@pytest.mark.parametrize("name", READERS)
def test_reading_raises_nothing_but_its_own_errors_and_is_quick(name: str) -> None:
    @bounded
    @given(TYPED)
    @example("")
    @example("\0")
    @example('"')
    @example("@\u200bme")
    @example("<@U01|>")
    @example("x <@U01|\0>")
    def read(text: str) -> None:
        assert seconds_to_read(READERS[name], text) < SLOWEST_SECONDS

    read()


REPEATED = [
    *("by ", "due ", "by friday ", "by 5 ", "by 5 5 5 ", "friday ", '"by 5" ', "@a ", "by 1/2 "),
    *("<", ">", '"', "“", "@", "#", "!", ":", "&", "|", "\\", "'", "a", "0", "\0", "\n", "\u200b"),
    *(" ", "\t", "\u00a0", "\u2028", "\r\n", "&lt;", "&amp;", "<a", "<a>", "<a|", "<a|b>", "<|"),
    *("<!a>", "<@U1>", "<@U1|\x01> ", "<@U1|a> ", "<@U1|a b> ", "<#C1|d> ", "<#C1>", "<@", "a "),
    *(
        "!high ",
        "!quiet ",
        "@me ",
        "for ",
        "to ",
        "12 ",
        "12,",
        "me ",
        "all ",
        "open ",
        '" ',
        "👩‍👧",
    ),
    *("<https://x|y> ", "http://x.", "&amp;lt;", "ß", "İ", "ﷺ", "add ", "\u202e"),
]
AROUND = [("", " x"), ("x ", " !high"), ("x\n", ""), ('"', '"')]
ALIKE = {"read_number", "read_list in no channel", "read_priority", "read_note", "read_nothing"}
"""Readers that do no more than others."""


@pytest.mark.parametrize("length", [3_000, RAW_MAX - 100, LONGEST])
def test_no_repetition_however_long_is_slow_to_read(length: int) -> None:
    slowest = max(
        (seconds_to_read(reader, before + repeated * (length // len(repeated)) + after), where)
        for repeated in REPEATED
        for before, after in (AROUND if length < RAW_MAX / 2 else AROUND[1::2])
        for where, reader in READERS.items()
        if where not in ALIKE
    )
    assert slowest[0] < SLOWEST_SECONDS, slowest


def test_what_is_too_long_to_read_at_all_is_refused_by_its_length() -> None:
    for name in ("decode", "read_new_task", "read_numbers", "read_list"):
        with pytest.raises(TooLong) as refused:
            READERS[name]("a" * LONGEST)
        assert (refused.value.what, refused.value.length) == ("text", LONGEST)


@bounded
@given(TYPED)
def test_what_is_encoded_decodes_to_itself_without_controls(text: str) -> None:
    kept = "".join(
        one for one in text if one in "\n\t" or not (ord(one) < 32 or 127 <= ord(one) < 160)
    )
    assert decode(encode(text)).text == kept
    assert decode(encode(text)).mentions == ()


@bounded
@given(TYPED)
def test_a_mention_written_again_is_the_same_person_with_the_same_name(text: str) -> None:
    for mention in decode(text).mentions:
        (again,) = decode(encode_mention(mention)).mentions
        assert (again.id, again.is_person) == (mention.id, mention.is_person)
        assert again.name == (mention.name or mention.id)


def test_slack_s_encoding_is_taken_off_once() -> None:
    assert decode("&amp;lt;b&amp;gt;").text == "&lt;b&gt;"
    assert decode("<https://x.org|&amp;lt;>").text == "&lt;"


@bounded
@given(TYPED)
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@bounded
@given(TYPED)
def test_a_new_task_fits_and_loses_no_word_of_its_line(text: str) -> None:
    try:
        read = read_new_task(text, "U01", NOW)
    except ReadingError:
        return
    assert 0 < len(read.new.title) <= TITLE_MAX
    assert len(read.new.notes) <= NOTES_MAX
    assert "\n" not in read.new.title
    if read.new.due is None:
        assert read.new.title in decode(text).text
    if not read.title_was_cut:
        return
    assert read.new.notes


LIST_QUERIES = st.builds(
    ListQuery,
    owner_id=st.sampled_from([None, "U01", "W0ABC9"]),
    nobody=st.booleans(),
    channel_id=st.sampled_from([None, "C01", "G02"]),
    states=st.sampled_from(
        [OPEN, frozenset({Status.DONE}), frozenset({Status.TODO}), frozenset(Status)]
    ),
    priority=st.sampled_from([None, *Priority]),
    words=st.lists(
        st.sampled_from(["login", "<b>", "&amp;", "ß", "l'été", 'a"b', '"all"', "a|b"]), unique=True
    ).map(lambda words: tuple(plain(word) for word in words)),
)


@bounded
@given(LIST_QUERIES)
def test_a_written_list_is_read_back_by_anybody_anywhere(query: ListQuery) -> None:
    assert read_list(write_list(query), "U99", None) == query
    assert read_list(write_list(query), "U98", "C98") == query


@bounded
@given(TYPED)
@example("<@U04|a b> c")
@example("&lt;@U01&gt; \u200bME")
def test_every_list_that_can_be_typed_is_read_back_as_it_was(text: str) -> None:
    try:
        query = read_list(text, "U01", "C01")
    except ReadingError:
        return
    assert len(write_list(query)) <= QUERY_MAX
    assert read_list(write_list(query), "U99", None) == query


@pytest.mark.parametrize(("alias", "verb"), [(a, v) for v, all_ in ALIASES.items() for a in all_])
def test_an_alias_is_its_verb(alias: str, verb: str) -> None:
    assert read_verb(f" {alias.upper()}\u00a0 12 ").verb == verb
    assert read_verb(f"{alias} 12").rest == "12"


def test_nothing_typed_is_the_bare_command() -> None:
    assert read_verb(" \u00a0\u200b ").verb == BARE


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("lsit", "list"), ("shwo 12", "show"), ("#12", "show 12"), ("zzzz", None), ("x" * 500, None)],
)
def test_an_unknown_first_word_is_told_with_the_nearest_verb(
    typed: str, nearest: str | None
) -> None:
    with pytest.raises(UnknownVerb) as unknown:
        read_verb(typed)
    assert unknown.value.nearest == nearest
    assert unknown.value.text == typed


@pytest.mark.parametrize(
    ("typed", "title", "assignee"),
    [
        ("Fix login <@U02|tom>", "Fix login", "U02"),
        ("Fix login for <@U02|tom> !high", "Fix login", "U02"),
        ("Fix login TO @Me !quiet", "Fix login", "U01"),
        ("Ask <@U02|tom> for the logs", "Ask @tom for the logs", None),
        ('"Buy milk !high"', "Buy milk !high", None),
        ("“Buy milk for me” <@U02|tom>", "Buy milk for me", "U02"),
        ('Say "hi" and "bye"', 'Say "hi" and "bye"', None),
        ("It\u2019s late", "It\u2019s late", None),
        ('Read "for <@U02|tom>"', 'Read "for @tom"', None),
    ],
)
def test_the_end_of_the_line_is_read_and_the_rest_is_the_title(
    typed: str, title: str, assignee: str | None
) -> None:
    new = read_new_task(typed, "U01", NOW).new
    assert (new.title, new.assignee_id) == (title, assignee)


def test_two_people_at_the_end_are_refused_with_the_text_for_each() -> None:
    with pytest.raises(SeveralPeople) as several:
        read_new_task("A &amp; B <@U02|tom> <@U01|maya>", "U03", NOW)
    assert set(several.value.names) == {"tom", "maya"}
    read = [read_new_task(choice, "U03", NOW).new for choice in several.value.choices]
    assert [one.title for one in read] == ["A & B", "A & B"]
    names = {"U01": "maya", "U02": "tom"}
    assert tuple(names[one.assignee_id or ""] for one in read) == several.value.names


@pytest.mark.parametrize("joint", [" and ", ", ", " &amp; ", " + ", ", and ", " or "])
def test_two_people_joined_at_the_end_are_refused_with_the_text_for_each(joint: str) -> None:
    with pytest.raises(SeveralPeople) as several:
        read_new_task(f"Fix it for <@U02|tom>{joint}<@U01|maya> !high", "U03", NOW)
    assert (several.value.names, several.value.example) == (
        ("tom", "maya"),
        "add Fix it for @tom !high",
    )
    read = [read_new_task(choice, "U03", NOW).new for choice in several.value.choices]
    assert [(one.title, one.assignee_id) for one in read] == [("Fix it", "U02"), ("Fix it", "U01")]


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ('all "buy milk"', ("buy", "milk")),
        ("all “login”", ("login",)),
        ('all 5"x7', ('5"x7',)),
        ('all "done"', ('"done"',)),
        ('all "@maya"', ('"@maya"',)),
    ],
)
def test_quotes_round_searched_words_are_not_searched_for(
    typed: str, searched: tuple[str, ...]
) -> None:
    assert read_list(typed, "U01", None).words == searched


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Fix login" + " !high" * 9, "Fix login !high"),
        ("Fix it by friday" + " by 5 of us" * 4, "Fix it" + " by 5 of us" * 4),
        ("Fix it by friday" + " by 5 of us" * 5, "Fix it by friday" + " by 5 of us" * 5),
    ],
)
def test_only_so_much_is_taken_from_a_line_as_anybody_would_mean(typed: str, title: str) -> None:
    assert read_new_task(typed, "U01", NOW).new.title == title


def test_people_in_a_text_too_long_for_a_button_are_told_without_one() -> None:
    with pytest.raises(SeveralPeople) as several:
        read_new_task("A task. " * 250 + "<@U02|tom> <@U01|maya>", "U03", NOW)
    assert (set(several.value.names), several.value.choices) == ({"tom", "maya"}, ())


def test_a_name_that_slack_made_no_person_of_is_told() -> None:
    for typed, name in (("Fix login @maya", "read_new_task"), ("@maya", "read_list")):
        with pytest.raises(PersonNotPicked) as refused:
            READERS[name](typed)
        assert refused.value.name == "@maya"


def test_a_long_line_is_cut_between_words_and_its_rest_begins_the_notes() -> None:
    read = read_new_task("word " * 60 + "\nand more", "U01", NOW)
    assert read.title_was_cut
    assert read.new.title == ("word " * 40).strip()
    assert read.new.notes == ("word " * 20).strip() + "\nand more"


def test_notes_longer_than_a_task_holds_are_refused_with_their_length() -> None:
    for length in (NOTES_MAX + 1, NOTES_MAX * 3):
        with pytest.raises(TooLong) as refused:
            read_new_task("Title\n" + "n" * length, "U01", NOW)
        assert (refused.value.what, refused.value.length) == ("notes", length)
    assert len(read_new_task("Title\n" + "n" * NOTES_MAX, "U01", NOW).new.notes) == NOTES_MAX


@pytest.mark.parametrize(
    ("reader", "typed", "refusal"),
    [
        ("read_numbers", "", NoNumber("done")),
        ("read_numbers", " , ", NoNumber("done")),
        ("read_numbers", "12 x13", NotANumber("done", "x13")),
        ("read_numbers", "1 " * 21, TooManyNumbers("done", 21, (1,) * NUMBERS_MAX)),
        ("read_number", "12 13", OneNumberOnly("show", 12)),
        ("read_list", "<@U02|tom> me", SeveralPeople(("tom", "me"), "list @tom")),
        ("read_list", "all !high !low", SeveralPriorities(("!high", "!low"))),
        ("read_list", "b" * 300, TooLong("search", 318, QUERY_MAX)),
        ("read_list", "me " * 400, TooLong("search", 1_200, QUERY_MAX)),
        ("read_new_task", "!high <@U02|tom>", NoTitle()),
        ("read_new_task", '""', NoTitle()),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_facts(
    reader: str, typed: str, refusal: ReadingError
) -> None:
    with pytest.raises(type(refusal)) as refused:
        READERS[reader](typed)
    assert vars(refused.value) == vars(refusal)


def test_up_to_twenty_numbers_are_read_however_they_are_written() -> None:
    typed = " ".join(f"#{number}," for number in range(1, NUMBERS_MAX + 1))
    assert read_numbers(typed, "done") == tuple(range(1, NUMBERS_MAX + 1))
    with pytest.raises(ReadingError):
        read_numbers(typed + " 21", "done")
    with pytest.raises(ReadingError):
        read_numbers("12 ²", "done")


TYPICAL = [
    *(
        "",
        "help",
        "help add",
        "list",
        "ls",
        "list all here",
        "list <@U02|tom> done",
        "list overdue",
    ),
    *("list nobody !high login", "list all week", "find the login page", "list <#C01|dev> all"),
    *("show 12", "#12", "done 12", "done 12 13 14", "done #12, #13", "start 12", "reopen 12"),
    *("assign 12 <@U02|tom>", "assign 12 me", "give 12 nobody", "assign 12 @maya"),
    *("due 12 tomorrow", "due 12 friday 5pm", "due 12 in 3 days", "due 12 none", "due 12 12/3"),
    *("priority 12 high", "edit 12 Fix the login page", "edit 12", "delete 12", "restore 12"),
    *(
        "note 12 The logs are in <#C01|dev>, see <https://x.org/a?b=1&amp;c=2>",
        "history 12",
        "undo",
        "settings",
        "feedback",
    ),
    *("add Fix login", "add Fix the login page <@U02|tom> friday !high", "add Buy milk tomorrow"),
    *("add Ask <@U02|tom> for the logs", 'add "Plan for friday" by tomorrow', "lsit all"),
    *("add Order cake due dec 3 5pm !quiet", "add Prepare slides for monday", "add !high"),
    "add Call Bob by friday about the invoice that he sent <@U01|maya> last week",
    "add Fix `a &lt; b &amp;&amp; c` in the parser <@U02|tom> by next friday 17:00 !high",
    "add Write the release notes\nEverything since 2026-10-01\nand thank everybody",
]


def test_a_command_is_read_in_no_time() -> None:
    taken = [min(once(read_command, text) for _ in range(3)) for text in TYPICAL]
    assert statistics.median(taken) < TYPICAL_SECONDS
    assert max(taken) < LONG_SECONDS


LONG = {
    "prose": "The quick brown fox jumps over the lazy dog, and then it sleeps until monday. ",
    "prose with umlauts": "Über größere Straßen läuft der Fuchs, später schläft er müde ein. ",
    "mentions": "<@U012ABC34DE|maya> and <@U023BCD45EF|tom>, ",
    "by": "Stand by me and be there by the door, ",
    "dates": "by friday we meet, due 12/3 it is over by 5pm or by dec 24 at most, ",
    "quotes": 'she said "by friday" and he \u201cdue 5pm\u201d, ',
    "emoji": ":tada: 🎉 done 👩\u200d👩\u200d👧 well ",
    "entities": "if a &lt; b &amp;&amp; c &gt; d then ",
    "links": "see <https://x.org/a?b=1&amp;c=2|the docs> or <https://x.org>, ",
    "marks": "!high !quiet friday !low ",
}
SPITEFUL = [
    *("<@U1>", "<@U1> ", "<@U02|maya> ", "<@U1>, ", "<@U1> <@U2> ", "<@U1> and ", "<@U1>\u200b"),
    *("<@U1|&amp;>", "<@U1|\x01> ", "by 5 <@U1> ", "friday<@U1> ", "<#C1>", "<@>", "<!a>", "<a>"),
    *(
        "<>",
        "<|a>",
        "<@U1|",
        "<@",
        "@me ",
        "@me, ",
        "for @me ",
        "@me\u200b ",
        "\u200b @me ",
        "@me!",
    ),
    *(
        "by ",
        "due by ",
        "by 5 ",
        "by 5 by dec ",
        "by 12/3 ",
        "by feb 29 ",
        "by 1/2 at 5pm ",
        "\x01",
    ),
    *("by dec 3 2020 ", "by fri, 3 dec 2027 at ", "by sun 5 ", "by at 5 pm on ", "by 1am 1am "),
    *("by \u0663 ", "by\u00a0", "due 1 1 1 1 1 1 1 ", '" by 5 ', '"by 5" ', '" ', "\u201c \u201d "),
    *(
        "friday ",
        "in 3 days ",
        "next ",
        "a ",
        "\u0130 ",
        "\u00df",
        "\u200b",
        "\u200b ",
        "\u00a0",
        ":a",
    ),
    *(
        "12 ",
        "12, and ",
        "!high ",
        "!low !high ",
        "all open ",
        "@a ",
        "&",
        "&amp;",
        "\n",
        "\U0001f389",
    ),
    "".join(f"{mark}a" for mark in "\u00ad\u200b\u200e\u2060\u2066\ufeff\u201c\u2019\u00a0"),
]
BEFORE_LONG = [
    *("", "zzz", "12", *ALIASES, "add Title\n", "add x\u200b", "list all", "assign 12 to"),
    *(f"{verb} 12" for verb in ("assign", "due", "priority", "edit", "note")),
]


ENDS = ["", " friday 5pm !high <@U02|tom>", " x"]
TEXTS = [*LONG.values(), *SPITEFUL]


@pytest.mark.parametrize("repeated", TEXTS, ids=map(ascii, TEXTS))
@pytest.mark.parametrize("end", ENDS)
def test_three_thousand_characters_are_read_within_a_millisecond(repeated: str, end: str) -> None:
    """By each verb, were nothing else on the cores."""
    text = repeated * -(-3_000 // len(repeated)) + end
    before_it = slowdown()
    taken = {
        before: seconds_to_read(read_command, f"{before} {text}", LONG_SECONDS, times=200)
        for before in BEFORE_LONG
    }
    # Whatever shares the cores comes and goes.
    assert max(taken.values()) < LONG_SECONDS * max(before_it, slowdown()), taken


WORDS = st.sampled_from(
    [
        *(
            "Fix",
            "the",
            "login",
            "page",
            "by",
            "due",
            "for",
            "to",
            "on",
            "until",
            "at",
            "in",
            "next",
        ),
        *(
            "this",
            "last",
            "and",
            "on",
            ",",
            "-",
            "me",
            "!urgent",
            "due:friday",
            "3.12.2026",
            "nov.",
        ),
        *("friday", "Monday", "tomorrow", "today", "tonight", "eod", "eow", "5pm", "9:00", "17:00"),
        *(
            "12/3",
            "1/2",
            "30 feb",
            "feb 30",
            "2025-01-01",
            "2026-11-20",
            "dec 3",
            "3",
            "days",
            "12",
        ),
        *("<@U02|tom>", "<@U03|ada>", "@me", "@maya", "me", "nobody", "!high", "!quiet", '"', "`"),
        *("&lt;b&gt;", "&amp;", "none", "high", "soon", "#13", "999", "\n", "\u00a0", "é" * 90),
        *("x" * 300, "y " * 1_600, "\u200b", ":tada:"),
    ]
)
COMMANDS = st.builds(
    lambda verb, words: f"{verb} {' '.join(words)}",
    st.sampled_from([*ALIASES, "lsit", "ad"]),
    st.lists(WORDS, max_size=9),
)


@settings(bounded, max_examples=600)
@given(COMMANDS)
@example("add 2026-11-20")
@example("add !quiet due 12/3")
@example("add \n" + "y " * 1_600)
@example("note 999 \n" + "y " * 1_600)
@example("edit \u200b")
@example("assign 12 Monday \u200b")
def test_every_example_in_a_refusal_can_be_read(text: str) -> None:
    try:
        read_command(text)
    except ReadingError as error:
        asked = Payload(kind=Kind.COMMAND, command="/task", text=text, user_id=MAYA)
        drawn = unread(error, asked, reader(latest=(task(number=7),)))
        examples = offered(drawn)
        assert examples
        for one in examples:
            assert_read(one, read_verb if isinstance(error, UnknownVerb) else read_command)


def offered(drawn: Message) -> list[str]:
    """The commands that stand as code in a refusal."""
    said = drawn.blocks[0]["elements"][0]["elements"]
    codes = [one["text"] for one in said if one.get("style") == {"code": True}]
    return [code.removeprefix("/task ") for code in codes]


def assert_read(command: str, read: Callable[[str], object]) -> None:
    """It is read as it stands; whoever is named in it is still to be picked from Slack's list."""
    named = re.search(r"(?<!\S)@(?!me\b)\S", command)
    try:
        read(encode(command))
    except ReadingError as error:
        if not (named and isinstance(error, PersonNotPicked)):
            pytest.fail(f"{command!r}: {error!r}")
