"""Whatever people type stands on every message exactly so, and nothing in it comes alive."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.drawing import cards, feedback, ids, lists, texts
from bot.drawing.blocks import (
    Message,
    answer,
    button,
    context,
    escape,
    moment,
    words,
)
from bot.drawing.blocks import plain as plain_text
from bot.drawing.cards import STATES
from bot.payloads import Kind, Payload
from bot.reading.changes import read_assignment, read_due_change, read_priority, read_title
from bot.reading.due import read_due
from bot.reading.errors import ReadingError, SeveralPeople, TooLong, UnknownVerb
from bot.reading.grammar import ReadTask, read_new_task
from bot.reading.normal import decode, encode, plain, unquoted
from bot.reading.query import read_list
from bot.unread import unread
from playground import Live, check_message, live_parts
from store import (
    TITLE_MAX,
    Channel,
    Cursor,
    Due,
    DueAt,
    DueBy,
    DueDay,
    EventKind,
    ListPage,
    ListQuery,
    NewTask,
    Priority,
    Source,
    Status,
    Task,
    TaskEvent,
    TaskHistory,
    Verdict,
)
from tests.factories import (
    DEV,
    MAYA,
    NOW,
    TOM,
    deleted_task,
    done_task,
    event,
    new,
    outcome,
    reader,
    task,
)

BLOCKS_MOST = 11_000
"""Slack answers `msg_blocks_too_long` somewhere above."""

BLOCK_ID_MOST = 255
NUMBERS_MOST = 20

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
DATE = re.compile(
    r"(?:· Due |· Overdue: )?<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[\w :]+ UTC>"
)

HOSTILE = (
    *("<!channel>", "<!here>", "<!everyone>", "@channel", "@here", "@everyone", "<@U02>", "<#C02>"),
    *("<@U02|tom>", "<!subteam^S1>", "<https://evil.example|https://bank.example>", "#dev"),
    *("https://x.example/a?b=c&d=e.", "http://a", "www.x.example", "[a](https://x.example)"),
    *("*bold*", "_it_", "~no~", "`code`", "```", "&lt;!channel&gt;", "&amp;lt;", "&", "<", ">"),
    *(":tada:", ":100:", "::", "10:30:00", "🎉", "\u202eevil", "\u2066x\u2069", "\u200b", "> q"),
    *("<!date^1^{date}|x>", "\\", '"', "'", "|", "\t", "\u00a0", "\u2028", "a" * 90),
)
TYPED = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=220),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12).map(" ".join),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12).map("".join),
)
ENCODED = TYPED.map(
    lambda typed: typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
)


def _read(raw: str) -> ReadTask | None:
    try:
        return read_new_task(raw, MAYA, NOW)
    except ReadingError:
        return None


READ = (
    st.one_of(TYPED, ENCODED, st.tuples(ENCODED, ENCODED).map("\n".join))
    .map(_read)
    .filter(lambda read: read is not None)
)
NAMES = st.fixed_dictionaries(
    {MAYA: st.one_of(st.sampled_from(["", *HOSTILE]), st.text(max_size=80))},
    optional={TOM: st.sampled_from(["Tom Reed", "*Tom*", "<!channel>", "t" * 3_000])},
)


def test_a_line_below_is_said_aloud_however_long_the_answer_is() -> None:
    line = feedback.offered()
    for text in ("short", "&" * 3_000, "é<" * 2_000, "a" * 3_001):
        whole = answer([words(text)]).with_line(line).as_json()
        assert whole["text"].endswith(f"\n{line.text}")
        assert len(whole["text"].encode()) <= 3_000
        assert whole["text"].startswith(escape(text)[:4])
        assert whole["blocks"][-1:] == list(line.blocks)


def test_a_line_below_needs_a_block_of_the_fifty() -> None:
    full = Message("Full", tuple(context(plain_text(str(at))) for at in range(50)))
    assert not full.has_room_for(feedback.offered())
    one_less = Message(full.text, full.blocks[1:])
    assert one_less.has_room_for(feedback.offered())
    assert check_message(one_less.with_line(feedback.offered()).as_json()) == []


bounded = settings(max_examples=100, deadline=None, derandomize=True)


def shown(message: Mapping[str, Any]) -> list[str]:
    """The text of each block as people read it, one entry a paragraph or plain text."""
    return [text for block in message["blocks"] for text in _texts(block)]


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict) and part.get("type") in {
        "rich_text_section",
        "rich_text_preformatted",
    }:
        yield "".join(_inline(element) for element in part["elements"])
    elif isinstance(part, dict) and part.get("type") == "plain_text":
        yield part["text"]
    elif isinstance(part, dict):
        yield from _texts([value for key, value in part.items() if key != "type"])


def _inline(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "emoji":
            return f":{element['name']}:"
        case "link":
            assert "text" not in element, "a link with a label can hide where it leads"
            return str(element["url"])
        case "date":
            return str(element["fallback"])
        case "channel":
            return ""
        case _:
            return str(element["text"])


def elements(message: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """Every element of a kind, wherever it stands."""

    def walk(part: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(part, list):
            for each in part:
                yield from walk(each)
        elif isinstance(part, dict):
            if part.get("type") == kind:
                yield part
            yield from walk(list(part.values()))

    return list(walk(message["blocks"]))


def labels(message: Message) -> list[str]:
    """What stands on the buttons."""
    return [one["text"]["text"] for one in elements(message.as_json(), "button")]


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def is_safe(live: Live, typed: str) -> bool:
    """A date of ours, or an address that leads to what it shows and was typed so."""
    if live.kind == "date":
        return True
    return live.kind == "link" and live.target == live.label and live.target in typed


def assert_harmless(message: Message, *typed: str, allowed: tuple[Live, ...] = ()) -> None:
    """Within Slack's limits, with nothing alive in it, and clear to those who cannot see it."""
    payload = message.as_json()
    assert check_message(payload) == []
    alive = live_parts(payload)
    known = BIDI.sub("", " ".join(typed))
    assert [one for one in alive.blocks if one not in allowed and not is_safe(one, known)] == []
    # Without `parse` and `link_names`, Slack brings only addresses to life in the fallback.
    assert [one for one in alive.text if one.kind != "url"] == []
    assert all(DATE.fullmatch(one["text"]) for one in elements(payload, "mrkdwn"))
    assert not BIDI.search(str(payload))
    assert sum(map(len, shown(payload))) < BLOCKS_MOST
    for one in elements(payload, "button"):
        assert one["accessibility_label"].strip()


def assert_shows(message: Message, title: str) -> None:
    """The title stands in the blocks and in the fallback, as it was typed."""
    payload = message.as_json()
    assert any(BIDI.sub("", title) in text for text in shown(payload)), shown(payload)
    assert BIDI.sub("", title) in unescaped(payload["text"])


TODAY = date(2026, 11, 23)
LONG_AGO = DueAt(NOW - timedelta(days=2))
"""A moment that two days have passed since, in Berlin as in London."""


def in_every_state(read: ReadTask) -> list[Task]:
    """A task in each state, with the title and the notes that were typed, due and overdue."""
    fields = {"title": read.new.title, "notes": read.new.notes}
    doing = {"status": Status.DOING, "assignee_id": TOM, "priority": Priority.HIGH}
    return [
        task(**fields, due=DueDay(TODAY)),
        task(**fields, due=LONG_AGO),
        task(**fields, **doing, due=DueDay(TODAY - timedelta(days=1))),
        task(**fields, **doing, due=DueAt(NOW + timedelta(days=1))),
        done_task(**fields, assignee_id=MAYA, priority=Priority.LOW, number=999_999_999),
        done_task(**fields, due=LONG_AGO),
    ]


EVENTS = (
    event(EventKind.STARTED, version=3, changes={"assignee_id": (None, MAYA)}),
    event(EventKind.ASSIGNED, version=2, actor_id=TOM, changes={"assignee_id": (None, MAYA)}),
    event(EventKind.CREATED, source=Source.BUTTON),
)


def everything_that_happens(read: ReadTask) -> tuple[TaskEvent, ...]:
    """An event of each kind, done and undone, the latest first."""
    changes: dict[EventKind, dict[str, tuple[Any, Any]]] = {
        EventKind.RENAMED: {"title": (read.new.title, read.new.title[::-1])},
        EventKind.NOTED: {"notes": ("", read.new.notes)},
        EventKind.RESCHEDULED: {"due": (DueDay(TODAY), LONG_AGO)},
        EventKind.PRIORITISED: {"priority": (Priority.NORMAL, Priority.HIGH)},
        EventKind.ASSIGNED: {"assignee_id": (MAYA, TOM)},
        EventKind.STARTED: {"assignee_id": (None, MAYA)},
    }
    return tuple(
        event(kind, version=1, changes=changes.get(kind, {}), is_undo=is_undo)
        for kind in EventKind
        for is_undo in (False, True)
    )


@settings(bounded, max_examples=25)
@given(READ, NAMES)
def test_every_message_about_a_task_shows_its_title_as_typed(
    read: ReadTask, names: dict[str, str]
) -> None:
    for one in in_every_state(read):
        history = TaskHistory(one, (*everything_that_happens(read), *EVENTS))
        drawn = [
            cards.card(one, reader(names)),
            cards.whole(history, reader(names)),
            cards.posted(one, reader(names)),
            cards.past(history, reader(names)),
            texts.added(outcome(one), read, reader(names), DEV),
            texts.ask_delete([outcome(one, Verdict.ALLOWED)], reader(names)),
            *(texts.undone([outcome(one, verdict)], reader(names)) for verdict in Verdict),
            *(
                texts.moved([outcome(one)], kind, reader(names))
                for kind in EventKind
                if kind is not EventKind.CREATED
            ),
            *(
                texts.moved([outcome(one, verdict)], EventKind.COMPLETED, reader(names))
                for verdict in Verdict
            ),
        ]
        for message in drawn:
            assert_harmless(message, one.title, one.notes, *names.values())
            assert_shows(message, one.title)


@bounded
@given(READ)
def test_notes_stand_as_typed_on_the_whole_task_and_where_it_is_posted(read: ReadTask) -> None:
    one = task(title=read.new.title, notes=read.new.notes)
    for message in (cards.whole(TaskHistory(one, EVENTS), reader()), cards.posted(one, reader())):
        assert any(BIDI.sub("", one.notes) in text for text in shown(message.as_json()))


@bounded
@given(READ, NAMES)
def test_a_deleted_task_has_no_title_anywhere(read: ReadTask, names: dict[str, str]) -> None:
    title = f"unheard {read.new.title}"
    one = deleted_task(title=title, notes=title)
    history = TaskHistory(one, EVENTS)
    for message in (
        cards.card(one, reader(names)),
        cards.whole(history, reader(names)),
        cards.past(history, reader(names)),
        texts.moved([outcome(one)], EventKind.DELETED, reader(names)),
        texts.ask_delete([outcome(one, Verdict.ALREADY)], reader(names)),
    ):
        assert_harmless(message, *names.values())
        assert "unheard" not in str(message.as_json())


QUERIES = (
    ListQuery(),
    ListQuery(owner_id=MAYA, states=frozenset({Status.DONE})),
    ListQuery(owner_id=TOM, nobody=True, priority=Priority.HIGH, states=frozenset(Status)),
    ListQuery(channel_id="C01", nobody=True, due=DueBy.WEEK),
    ListQuery(due=DueBy.OVERDUE),
)


@bounded
@given(READ, NAMES, st.sampled_from(QUERIES), st.sampled_from([0, 1, 10]))
def test_every_list_shows_each_title_as_typed(
    read: ReadTask, names: dict[str, str], query: ListQuery, rows: int
) -> None:
    listed = [
        task(
            number=999_999_999 - at,
            title=read.new.title,
            assignee_id=TOM,
            priority=Priority.LOW,
            due=LONG_AGO,
        )
        for at in range(rows)
    ]
    turn = Cursor((2, 2_147_483_647, 999_999_999), backwards=True)
    found = ListPage(query, tuple(listed), turn, turn, turn)
    note = texts.moved([outcome(task(title=read.new.title))], EventKind.COMPLETED, reader(names))
    channel = (Live("channel", "C01"),)
    for message in (
        lists.page(found, reader(names)),
        lists.page(found, reader(names), note.text, outcome(task(number=999_999_999))),
        lists.posted(found, reader(names), MAYA),
    ):
        assert_harmless(message, read.new.title, *names.values(), allowed=channel)
        if rows:
            assert_shows(message, read.new.title)
            facts = f"To do · {reader(names).name(TOM)} · 2 days overdue · low priority"
            assert BIDI.sub("", f"#999999999 {read.new.title}\n{facts}") in shown(message.as_json())


@bounded
@given(READ)
def test_the_note_of_a_click_shows_the_title_as_typed(read: ReadTask) -> None:
    moved = texts.moved([outcome(task(title=read.new.title))], EventKind.COMPLETED, reader())
    message = lists.page(ListPage(ListQuery(), (), None, None), reader(), moved.text)
    assert_harmless(message, read.new.title)
    assert_shows(message, read.new.title)


@bounded
@given(st.one_of(TYPED, ENCODED))
@example("b" * 300)
@example('"><|' * 15)
def test_whatever_is_searched_for_the_list_can_carry_it(typed: str) -> None:
    try:
        query = read_list(typed, MAYA, "C01")
    except ReadingError as error:
        assert_harmless(refused(error, f"list {typed}"), typed)
        return
    turn = Cursor((2, 2_147_483_647, 999_999_999), backwards=True)
    found = ListPage(query, (task(number=999_999_999),), turn, turn, turn)
    message = lists.posted(found, reader(), "U0123456789")
    assert_harmless(
        message, typed, allowed=tuple(Live("channel", c) for c in [query.channel_id] if c)
    )
    row = next(block for block in message.blocks if block["type"] == "section")
    place = ids.read_place({"block_id": row["block_id"]})
    assert read_list(place.query, "U99", None) == query
    assert place.cursor == turn


def test_the_longest_list_that_is_read_fits_into_the_block_ids_of_its_rows() -> None:
    for length in range(100, 300):
        typed = f"<@U0123456789> <#C0123456789> nobody overdue !normal {'b' * length}"
        try:
            query = read_list(typed, MAYA, None)
        except TooLong:
            assert length > 110
            break
        turn = Cursor((-9_999_999_999_999_999, -999_999_999), backwards=True)
        found = ListPage(query, (task(number=999_999_999),), turn, turn, turn)
        changed = outcome(task(number=999_999_999, version=999_999_999))
        for message in (
            lists.posted(found, reader(), "U0123456789"),
            lists.page(replace(found, cursor=turn), reader(), "&" * 200, changed),
        ):
            assert_harmless(message, allowed=(Live("channel", "C0123456789"),))
            assert max(len(block.get("block_id", "")) for block in message.blocks) <= BLOCK_ID_MOST
    else:
        pytest.fail("no list is too long")


def refused(error: ReadingError, text: str) -> Message:
    """What the person is told who typed the text."""
    return unread(error, Payload(kind=Kind.COMMAND, command="/task", text=text), reader())


@bounded
@given(st.one_of(TYPED, ENCODED, TYPED.map(lambda typed: typed * 60)))
def test_an_error_repeats_what_was_typed_and_brings_nothing_of_it_to_life(typed: str) -> None:
    for error in (
        UnknownVerb(typed[:40] or "x", "list", typed),
        SeveralPeople((typed[:80], "tom"), "add x", (typed, typed)),
    ):
        message = refused(error, typed)
        assert_harmless(message, decode(typed).text)
        (copy,) = elements(message.as_json(), "rich_text_preformatted")
        whole = BIDI.sub("", f"/task {decode(typed).text}")
        assert copy["elements"][0]["text"][:-1] == whole[: len(copy["elements"][0]["text"]) - 1]


@pytest.mark.parametrize("typed", ["&", "<", "ж", "\U0001f600", "a&", "ab<"])
def test_a_long_fallback_is_cut_between_characters_within_what_slack_takes(typed: str) -> None:
    text = str(answer([words(typed * 3_000)]).as_json()["text"])
    assert 2_990 <= len(text.encode()) <= 3_000
    whole = escape(typed)
    assert (whole * 3_000).startswith(text)
    assert not re.search("&[a-z]*$", text)


@pytest.mark.parametrize("count", [1, 20])
def test_an_answer_about_twenty_tasks_fits_into_one_message(count: int) -> None:
    title = "&" * 200
    outcomes = [
        outcome(task(number=999_999_900 + at, title=title, due=LONG_AGO, assignee_id=MAYA))
        for at in range(count)
    ]
    asked = [outcome(one.task or task(), Verdict.ALLOWED) for one in outcomes]
    names = {MAYA: "&" * 80}
    for message in (
        texts.ask_delete(asked, reader(names, command="/taskbot-of-acme")),
        texts.moved(outcomes, EventKind.DELETED, reader(names, command="/taskbot-of-acme")),
        texts.moved(outcomes, EventKind.STARTED, reader(names, command="/taskbot-of-acme")),
        texts.undone(outcomes, reader(names, command="/taskbot-of-acme")),
        texts.moved(
            [outcome(one.task or task(), Verdict.NOT_YOURS) for one in outcomes],
            EventKind.DELETED,
            reader(names, command="/taskbot-of-acme"),
        ),
    ):
        assert_harmless(message, title, *names.values())


def test_the_longest_history_fits_into_one_message() -> None:
    events = tuple(
        event(EventKind.ASSIGNED, version=30 - at, changes={"assignee_id": (None, TOM)})
        for at in range(20)
    )
    names = {MAYA: "M" * 80, TOM: "T" * 80}
    longest = done_task(title="t" * 200, notes="http://x " * 333)
    message = cards.past(TaskHistory(longest, events), reader(names))
    assert_harmless(message)
    assert "Earlier changes are not shown." in shown(message.as_json())
    assert_harmless(cards.whole(TaskHistory(longest, events[:5]), reader(names)), longest.notes)


@pytest.mark.parametrize(
    ("one", "buttons"),
    [
        (task(), ["Done", "Start"]),
        (task(status=Status.DOING), ["Done"]),
        (done_task(), ["Reopen"]),
        (deleted_task(), ["Restore"]),
        (deleted_task(status=Status.DONE), ["Restore"]),
    ],
)
def test_a_card_offers_what_can_be_done_and_nothing_else(one: Task, buttons: list[str]) -> None:
    assert labels(cards.card(one, reader())) == buttons


def test_a_card_s_menu_edits_takes_and_deletes() -> None:
    (menu,) = elements(cards.card(task(), reader()).as_json(), "overflow")
    texts = [option["text"]["text"] for option in menu["options"]]
    assert texts == ["Edit", "Assign to me", "Delete"]
    assert [ids.read_option({"selected_option": option}) for option in menu["options"]] == [
        ("edit", 12),
        ("take", 12),
        ("delete", 12),
    ]


@pytest.mark.parametrize("one", [task(), task(status=Status.DOING), done_task()])
def test_a_state_is_said_in_words_wherever_a_task_stands(one: Task) -> None:
    drawn = (
        cards.card(one, reader()),
        cards.whole(TaskHistory(one, EVENTS), reader()),
        cards.posted(one, reader()),
        lists.page(ListPage(ListQuery(), (one,), None, None), reader()),
    )
    for message in drawn:
        payload = message.as_json()
        below = [text for text in shown(payload) if STATES[one.status] in text]
        assert below
        assert STATES[one.status] in payload["text"]


def test_a_done_card_is_struck_through_and_says_who_did_it() -> None:
    message = cards.card(done_task(title="Fix login"), reader({TOM: "Tom Reed"})).as_json()
    (title,) = (one for one in elements(message, "text") if one["text"] == "Fix login")
    assert title["style"] == {"strike": True}
    assert any("Done by Tom Reed" in text for text in shown(message))


def test_a_remark_below_a_message_stands_in_its_fallback_too() -> None:
    message = answer([words("A & B")]).with_remark("C < D").as_json()
    assert message["text"] == "A &amp; B\nC &lt; D"
    assert shown(message) == ["A & B", "C < D"]


def test_people_without_a_name_are_somebody_and_nobody_is_nobody() -> None:
    assert reader({MAYA: ""}).name(MAYA) == "somebody"
    assert reader().name(MAYA) == "somebody"
    assert reader().name(None) == "nobody"


def test_a_button_fits_however_long_its_words_are() -> None:
    message = answer(
        [words("")], below=[{"type": "actions", "elements": [button("t" * 99, "a", "v", "l" * 99)]}]
    )
    assert_harmless(message)


def test_the_answer_says_how_a_card_can_come_into_a_private_channel() -> None:
    private = Channel(team_id="T01", channel_id="C02")
    read = ReadTask(new(), title_was_cut=True)
    message = texts.added(outcome(task()), read, reader(), private)
    assert "/invite" in message.text
    assert "the rest is in the notes" in message.text
    assert "/invite" not in texts.added(outcome(task(has_card=False)), read, reader(), private).text


def test_a_moment_is_shown_in_the_zone_of_its_reader() -> None:
    drawn = moment(NOW)
    assert drawn["timestamp"] == NOW.timestamp()
    assert drawn["fallback"] == "Mon 23 Nov 2026 09:00 UTC"


@pytest.mark.parametrize(
    "block_id", ["", "card", "nowhere|12|||", "list|12|>1|U|q", "list|12|x1.2|U|q"]
)
def test_a_place_that_we_never_drew_is_no_place(block_id: str) -> None:
    with pytest.raises(ids.UnknownButton):
        ids.read_place({"block_id": block_id})


@pytest.mark.parametrize("value", ["", "x", "1234567890", "12 ", "²", "-1"])
def test_a_value_that_we_never_drew_is_no_number(value: str) -> None:
    with pytest.raises(ids.UnknownButton):
        ids.read_number({"value": value})
    with pytest.raises(ids.UnknownButton):
        ids.read_option({"selected_option": {"value": f"take {value}"}})


@pytest.mark.parametrize("option", [None, "take 12", ["take 12"], {}, {"value": None}])
def test_a_choice_that_no_menu_of_ours_has_is_none(option: Any) -> None:
    with pytest.raises(ids.UnknownButton):
        ids.read_option({"selected_option": option})


def test_an_answer_about_twenty_tasks_offers_one_undo_for_them_all() -> None:
    outcomes = [outcome(task(number=number, version=3)) for number in range(1, NUMBERS_MOST + 1)]
    message = texts.moved(outcomes, EventKind.STARTED, reader())
    (undo,) = elements(message.as_json(), "button")
    assert (undo["action_id"], undo["value"]) == (ids.UNDO, "1")
    assert ids.read_place({"block_id": message.blocks[-1]["block_id"]}).version == 3
    refused_all = [outcome(task(), Verdict.REOPEN_FIRST), outcome(task(), Verdict.ALREADY)]
    assert labels(texts.moved(refused_all, EventKind.STARTED, reader())) == []


@bounded
@given(READ)
def test_an_undo_is_told_with_the_task_as_it_is_now(read: ReadTask) -> None:
    one = task(title=read.new.title, due=LONG_AGO, priority=Priority.HIGH)
    for message, says in (
        (texts.undone([outcome(one)], reader()), "Undone: "),
        (texts.undone([outcome(one)], reader()), "2 days overdue"),
        (texts.undone([outcome(one, Verdict.ALREADY)], reader()), "was taken back already"),
        (texts.undone([outcome(one, Verdict.CHANGED_SINCE)], reader()), "/task history 12"),
    ):
        assert_harmless(message, one.title)
        assert_shows(message, one.title)
        assert says in message.text


@pytest.mark.parametrize(
    ("why", "number", "hint"),
    [
        ("nothing", None, "/task list"),
        ("too_late", 12, "/task history 12"),
        ("is_undo", 12, "/task history 12"),
    ],
)
def test_nothing_to_undo_says_why_and_what_else_to_do(
    why: str, number: int | None, hint: str
) -> None:
    message = texts.nothing_to_undo(why, number, reader())
    assert_harmless(message)
    assert message.text.endswith(hint)


@pytest.mark.parametrize(
    ("due", "card", "row", "is_date"),
    [
        (DueDay(TODAY), "Due Mon 23 Nov 2026", "due today", False),
        (DueDay(date(2026, 12, 4)), "Due Fri 4 Dec 2026", "due Fri 4 Dec", False),
        (DueDay(date(2027, 1, 4)), "Due Mon 4 Jan 2027", "due Mon 4 Jan 2027", False),
        (DueDay(date(2026, 11, 22)), "Overdue: Sun 22 Nov 2026", "1 day overdue", False),
        (DueAt(NOW + timedelta(hours=8)), "Due ", "due today 18:00", True),
        (DueAt(NOW + timedelta(hours=14)), "Due ", "due tomorrow 00:00", True),
        (LONG_AGO, "Overdue: ", "2 days overdue", True),
        (DueAt(NOW - timedelta(hours=1)), "Overdue: ", "overdue since 09:00", True),
    ],
)
def test_a_due_date_is_said_on_a_card_for_all_and_in_a_list_for_one(
    due: Due, card: str, row: str, *, is_date: bool
) -> None:
    on_card = cards.card(task(due=due), reader())
    dates = [one["text"] for one in elements(on_card.as_json(), "mrkdwn")]
    if is_date:
        assert [one.partition("<")[0] for one in dates] == [f"· {card}"]
    else:
        assert dates == []
        assert f"· {card}" in shown(on_card.as_json())
    found = ListPage(ListQuery(), (task(due=due),), None, None)
    assert f"#12 Fix login\nTo do · nobody · {row}" in shown(lists.page(found, reader()).as_json())
    done = done_task(due=due)
    assert elements(cards.card(done, reader()).as_json(), "mrkdwn")[0]["text"].startswith("<!date")
    assert row not in lists.page(ListPage(ListQuery(), (done,), None, None), reader()).text


def test_a_history_says_what_was_changed_to_what_and_what_was_an_undo() -> None:
    events = everything_that_happens(ReadTask(new("Fix login")))
    message = cards.past(TaskHistory(task(), events), reader({MAYA: "Maya", TOM: "Tom"}))
    for said in (
        "Maya renamed it from “Fix login” to “nigol xiF”, ",
        "Maya set its due date to Sat 21 Nov 2026, 10:00 (Europe/Berlin), ",
        "Maya set its priority to high (undo), ",
        "Maya assigned it to Tom, ",
        "Maya took a note away (undo), ",
        "Maya brought it back (undo), ",
    ):
        assert any(text.startswith(said) for text in shown(message.as_json())), said
        assert said in message.text


ADDED = re.compile(r"Added #(\d+) (.*)\n(.*)\.")
ON_CLOCK = re.compile(r"Due (?:today, |tomorrow, )?(.*) \(Europe/Berlin\)")
PEOPLE = {MAYA: "Maya Lind", TOM: "Tom Reed"}
BERLIN_NOW = reader().now

TITLES = (
    st.one_of(
        TYPED, st.sampled_from(["Plan for friday", "Ask @maya", "x !high", "by friday", "12"])
    )
    .map(lambda typed: " ".join(BIDI.sub("", typed).split())[:TITLE_MAX].strip())
    .filter(lambda title: plain(title).strip() and unquoted(title) == title)
)
DAYS = st.dates(TODAY, date(9998, 12, 31)).map(DueDay)
MOMENTS = (
    st.integers(1, 4_000_000)
    .map(lambda minutes: DueAt(NOW + timedelta(minutes=minutes)))
    # The second pass of an hour that the clocks repeat has no words of its own.
    .filter(lambda due: not due.at.astimezone(BERLIN_NOW.tzinfo).fold)
)
NEW = st.builds(
    NewTask,
    title=TITLES,
    assignee_id=st.sampled_from([None, MAYA, TOM]),
    due=st.one_of(st.none(), DAYS, MOMENTS),
    priority=st.sampled_from(Priority),
)


@settings(bounded, max_examples=200)
@given(NEW)
@example(NewTask(title='Say "hi"', due=DueAt(datetime(2027, 3, 28, 1, 30, tzinfo=UTC))))
@example(NewTask(title="Fix\u200b", assignee_id=TOM, due=DueDay(TODAY), priority=Priority.LOW))
def test_reading_what_is_drawn_gives_the_task_back(asked: NewTask) -> None:
    title, who, when, priority = as_a_person_reads_it(asked)
    assert title == asked.title
    again = " ".join(
        part
        for part in (
            f'"{encode(title)}"',
            f"<@{who}|{PEOPLE[who]}>" if who else "",
            f"due {when}" if when else "",
            f"!{priority}",
        )
        if part
    )
    if '"' not in plain(title):
        new = read_new_task(again, MAYA, BERLIN_NOW).new
        assert (new.title, new.assignee_id, new.due, new.priority) == (
            *(asked.title, asked.assignee_id, asked.due, asked.priority),
        )
    assert read_title(f"12 {encode(title)}", "edit") == (12, asked.title)
    assert read_due_change(f"12 {when or 'none'}", "due", BERLIN_NOW) == (12, asked.due)
    assert read_priority(f"12 {priority}", "priority") == (12, asked.priority)
    given_to = f"<@{who}|{PEOPLE[who]}>" if who else "nobody"
    assert read_assignment(f"12 {given_to}", "assign", MAYA).assignee_id == asked.assignee_id


def as_a_person_reads_it(asked: NewTask) -> tuple[str, str | None, str, str]:
    """The title, the person, the due words and the priority in the answer to `add`."""
    one = task(
        title=asked.title, assignee_id=asked.assignee_id, due=asked.due, priority=asked.priority
    )
    message = texts.added(outcome(one), ReadTask(asked), reader(PEOPLE), DEV)
    read = ADDED.fullmatch(shown(message.as_json())[0])
    assert read, message.text
    number, title, facts = read.groups()
    assert number == "12"
    said = facts.split(" · ")
    (who,) = [one.removeprefix("For ") for one in said if one.startswith("For ")]
    due = [match[1] for one in said if (match := ON_CLOCK.fullmatch(one))]
    priority = [one.removesuffix(" priority").lower() for one in said if "priority" in one]
    people = {name: user_id for user_id, name in PEOPLE.items()}
    assert len(due) == (asked.due is not None)
    return title, people.get(who), "".join(due), "".join(priority) or "normal"


@bounded
@given(st.one_of(DAYS, MOMENTS))
def test_the_words_of_a_due_date_are_read_as_it(due: Due) -> None:
    _, _, words_drawn, _ = as_a_person_reads_it(new(due=due))
    assert read_due(plain(words_drawn).split(), BERLIN_NOW) == due
