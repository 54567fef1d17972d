"""Forms about tasks: how they are drawn, what is read from them, and what they carry unseen."""

import contextlib
import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing import forms
from bot.drawing.blocks import answer, words
from bot.drawing.forms import View
from bot.drawing.ids import Field, UnknownForm, field_id
from bot.reading.errors import FieldsRefused, PastDue
from bot.reading.form import read_chosen_channel, read_edit_form, read_new_form, texts_in
from bot.reading.opened import Opened, read_opened, write_due
from playground.blocks import check_view
from playground.forms import state_of
from store import NOTES_MAX, TITLE_MAX, Due, DueAt, DueDay, Priority, Role, Source, Task
from tests.factories import NOW, reader, task

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
DOUBLED = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
"""Half past two in Berlin, for the second time."""
SUMMER = datetime(2026, 7, 1, 12, tzinfo=BERLIN)
HOSTILE = "<!channel> *b* `c` \u202etxt &lt; :tada: https://x.example/a?b=1&c=2"


def sent(view: View, **values: Any) -> View:
    """A form sent off, with something filled in; a field's state by the name of the field."""
    version = json.loads(view["private_metadata"]).get("version", 0)
    state = state_of(view["blocks"])
    for name, changed in values.items():
        state[field_id(Field(name), version)][name] |= changed
    return {**view, "state": {"values": state}}


def new_form(**fields: Any) -> View:
    form = forms.NewForm(opened=Opened(), has_card=True, **fields)
    return forms.new_task(form, reader())


def edit_form(one: Task, opened: Opened | None = None) -> View:
    return forms.edit_task(one, reader(), opened or Opened(channel_id="C01"))


# Drawing


@pytest.mark.parametrize(
    "view",
    [
        new_form(title="t" * TITLE_MAX, notes="\n" * NOTES_MAX, has_channels=True),
        new_form(title=HOSTILE, notes=HOSTILE),
        edit_form(task(title=HOSTILE, notes="n" * NOTES_MAX, due=DueAt(NOW), number=10**9 - 1)),
        edit_form(task(priority=Priority.LOW, assignee_id="W0ENTERPRISE")),
    ],
)
def test_slack_takes_every_form_that_is_drawn(view: View) -> None:
    assert check_view(view) == []
    for block in view["blocks"]:
        assert block["label"]["text"], "a screen reader says what each field is"


def test_the_form_shows_a_due_moment_on_the_reader_s_own_clock_and_says_which_that_is() -> None:
    view = edit_form(task(due=DueAt(datetime(2026, 12, 3, 23, 30, tzinfo=UTC))))
    elements = {block["block_id"]: block for block in view["blocks"]}
    assert elements["due_day|1"]["element"]["initial_date"] == "2026-12-04"
    assert elements["due_time|1"]["element"]["initial_time"] == "00:30"
    assert elements["due_time|1"]["hint"]["text"] == "In your time zone: Europe/Berlin."


def test_no_channel_is_preset_and_guests_cannot_choose_one() -> None:
    member = forms.new_task(forms.from_nowhere(Opened(channel_id="C01"), Role.MEMBER), reader())
    guest = forms.new_task(forms.from_nowhere(Opened(), Role.GUEST), reader())
    (channel,) = [one for one in member["blocks"] if one["block_id"] == "channel|0"]
    assert channel["optional"]
    assert not any(name.startswith("initial") for name in channel["element"])
    assert channel["element"]["filter"] == {
        "include": ["public", "private"],
        "exclude_bot_users": True,
    }
    assert "C01" not in str(member)
    assert not any(one["block_id"] in {"channel|0", "card|0"} for one in guest["blocks"])


def test_the_fields_of_another_version_have_other_names() -> None:
    first, second = (edit_form(task(version=version)) for version in (1, 2))
    assert not {one["block_id"] for one in first["blocks"]} & {
        one["block_id"] for one in second["blocks"]
    }


def test_a_form_is_put_back_as_it_was_filled_in_with_a_note_above() -> None:
    view = sent(
        new_form(title="Was", has_channels=True),
        title={"value": "Fix login"},
        assignee={"selected_user": "U02"},
        due_day={"selected_date": "2027-01-02"},
        due_time={"selected_time": "10:00"},
        card={"selected_options": []},
        channel={"selected_conversation": "C01"},
    )
    back = forms.again(view, answer([words("Not saved: …")]))
    assert check_view(back) == []
    assert state_of(back["blocks"]) == view["state"]["values"]
    assert back["blocks"][0]["type"] == "rich_text"
    for name in ("callback_id", "private_metadata", "title", "submit", "close"):
        assert back[name] == view[name]


def test_what_came_of_a_late_form_is_its_answer_its_faults_or_that_it_is_saved() -> None:
    view = sent(new_form())
    refused = {"response_action": "errors", "errors": {"title|0": "The task has no title."}}
    again = forms.outcome(refused, view)
    assert "Not saved: The task has no title." in str(again["blocks"][0])
    assert again["submit"]
    assert "Saved." in str(forms.outcome({}, view))
    other = edit_form(task())
    assert forms.outcome({"response_action": "update", "view": other}, view) == other


# Reading


def test_a_form_that_was_not_touched_says_what_the_task_is() -> None:
    one = task(title=HOSTILE, notes="a\n\nb", assignee_id="U02", priority=Priority.HIGH)
    edit = read_edit_form(sent(edit_form(one)), NOW)
    assert (edit.number, edit.version) == (12, 1)
    for name in ("title", "notes", "assignee_id", "due", "priority"):
        assert getattr(edit.wanted, name) == getattr(one, name)


def test_a_new_form_is_read_with_all_its_fields() -> None:
    opened = Opened(
        source=Source.SHORTCUT,
        thread_ts="1700000000.000100",
        permalink="https://acme.slack.com/archives/C01/p1700000000000100",
    )
    view = forms.new_task(forms.NewForm(opened=opened, has_card=True), reader())
    new = read_new_form(
        sent(
            view,
            title={"value": " Fix\nlogin\x00 "},
            notes={"value": "a\r\nb "},
            assignee={"selected_user": "W02"},
            due_day={"selected_date": "2026-12-03"},
            priority={"selected_option": {"value": "low"}},
        ),
        NOW,
    )
    assert (new.title, new.notes, new.assignee_id) == ("Fix login", "a\nb", "W02")
    assert (new.due, new.priority) == (DueDay(date(2026, 12, 3)), Priority.LOW)
    assert (new.thread_ts, new.permalink) == (opened.thread_ts, opened.permalink)
    assert not new.quiet


def test_a_card_is_left_out_only_when_its_box_was_there_and_is_empty() -> None:
    title = {"value": "t"}
    assert read_new_form(sent(new_form(), title=title, card={"selected_options": []}), NOW).quiet
    without = forms.new_task(forms.NewForm(opened=Opened()), reader())
    assert not read_new_form(sent(without, title=title), NOW).quiet
    with pytest.raises(UnknownForm):
        read_new_form(sent(new_form(), title=title, card={"selected_options": ["show"]}), NOW)


@pytest.mark.parametrize(
    ("day", "at", "due"),
    [
        ("2026-11-23", None, DueDay(date(2026, 11, 23))),
        ("2026-11-23", "10:01", DueAt(datetime(2026, 11, 23, 9, 1, tzinfo=UTC))),
        # Skipped in Berlin: moved forward. Doubled: the first.
        ("2027-03-28", "02:30", DueAt(datetime(2027, 3, 28, 1, 30, tzinfo=UTC))),
        ("2027-10-31", "02:30", DueAt(datetime(2027, 10, 31, 0, 30, tzinfo=UTC))),
        (None, None, None),
        ("9998-12-31", "23:59", DueAt(datetime(9998, 12, 31, 22, 59, tzinfo=UTC))),
    ],
)
def test_a_day_and_a_time_are_read_on_the_clock_of_who_filled_them_in(
    day: str | None, at: str | None, due: Due | None
) -> None:
    values = {"due_day": {"selected_date": day}, "due_time": {"selected_time": at}}
    now = NOW.astimezone(BERLIN)
    assert read_new_form(sent(new_form(title="t"), **values), now).due == due


@pytest.mark.parametrize(
    ("day", "at", "field", "instead"),
    [
        ("2026-11-22", None, "due_day|0", "today"),
        ("2026-11-22", "23:00", "due_day|0", "today 23:00"),
        ("2026-11-22", "09:00", "due_day|0", "tomorrow 09:00"),
        ("2026-11-23", "10:00", "due_time|0", "tomorrow 10:00"),
        ("1970-01-01", "00:00", "due_day|0", "tomorrow 00:00"),
    ],
)
def test_a_past_due_date_stands_at_its_field_with_the_next_possible_one(
    day: str, at: str | None, field: str, instead: str
) -> None:
    values = {"due_day": {"selected_date": day}, "due_time": {"selected_time": at}}
    with pytest.raises(FieldsRefused) as refused:
        read_new_form(sent(new_form(title="t"), **values), NOW.astimezone(BERLIN))
    ((where, error),) = refused.value.fields.items()
    assert isinstance(error, PastDue)
    assert (where, error.instead) == (field, instead)


@pytest.mark.parametrize("zone", [BERLIN, TOKYO])
def test_a_due_date_that_was_left_as_it_was_is_the_same_moment_wherever_it_is_sent_from(
    zone: ZoneInfo,
) -> None:
    view = sent(edit_form(task(due=DueAt(DOUBLED))))
    now = datetime(2027, 1, 1, tzinfo=zone)
    assert read_edit_form(view, now).wanted.due == DueAt(DOUBLED)
    day = sent(edit_form(task(due=DueDay(date(2026, 1, 2)))))
    assert read_edit_form(day, now).wanted.due == DueDay(date(2026, 1, 2))


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"state": {"values": {"channel|0": {"channel": {"selected_conversation": None}}}}},
        {"state": {"values": {"channel|0": {"channel": {"selected_conversation": "D01"}}}}},
        {"state": {"values": {"channel|0": {"channel": {"selected_conversation": "x" * 99}}}}},
        {"state": {"values": {"channel|0": []}}},
        {"state": []},
    ],
)
def test_no_channel_is_chosen_by_anything_else_than_a_channel(view: dict[str, Any]) -> None:
    assert not read_chosen_channel(view)
    assert texts_in(view) == []


@pytest.mark.parametrize("chosen", ["D01", "C01\x00", ["C01"], 1])
def test_a_choice_that_is_no_channel_does_not_count_as_none(chosen: Any) -> None:
    view = new_form(title="Fix login", has_channels=True)
    with pytest.raises(UnknownForm):
        read_new_form(sent(view, channel={"selected_conversation": chosen}), NOW)


def test_everything_that_was_typed_into_a_form_can_be_copied() -> None:
    view = sent(new_form(), title={"value": "Fix"}, notes={"value": " \n"})
    assert texts_in(view) == ["Fix"]


@given(
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    at=st.sampled_from(["state", "values", "block", "element", "private_metadata"]),
    field=st.sampled_from([*Field]),
)
def test_no_junk_in_a_form_is_more_than_refused(junk: Any, at: str, field: Field) -> None:
    view = sent(edit_form(task(due=DueDay(date(2026, 12, 3)))))
    values = view["state"]["values"]
    match at:
        case "state":
            view["state"] = junk
        case "values":
            view["state"] = {"values": junk}
        case "block":
            values[f"{field}|1"] = junk
        case "element":
            values[f"{field}|1"] = {field.value: junk}
        case _:
            view["private_metadata"] = junk
    for read in (read_edit_form, read_new_form):
        with contextlib.suppress(FieldsRefused, UnknownForm):
            read(view, NOW)
    assert read_chosen_channel(view) == ""
    assert isinstance(texts_in(view), list)


# What a form carries unseen

OPENED = st.builds(
    Opened,
    source=st.sampled_from([Source.FORM, Source.SHORTCUT, Source.HOME]),
    channel_id=st.sampled_from(["", "C01", "D01", "G01"]),
    channel_name=st.sampled_from(["", "dev", "mpdm-maya--tom-1", "ünïcode"]),
    thread_ts=st.sampled_from(["", "1700000000.000100"]),
    permalink=st.sampled_from(
        [
            "",
            "https://acme.slack.com/archives/C01/p1700000000000100",
            "https://a.enterprise.slack.com/archives/C01/p1700000000000100",
            "https://a.slack-gov.com/archives/C01/p1700000000000100?thread_ts=1700000000.000100&cid=C01",
        ]
    ),
    number=st.integers(0, 10**9 - 1),
    version=st.integers(0, 10**9 - 1),
    due=st.sampled_from(
        [
            "",
            "2026-12-03",
            write_due(DueAt(NOW), BERLIN),
            write_due(DueAt(DOUBLED), TOKYO),
            write_due(DueAt(datetime(9998, 12, 31, 23, tzinfo=UTC)), TOKYO),
        ]
    ),
)


@given(opened=OPENED)
def test_what_is_written_into_a_form_is_read_again(opened: Opened) -> None:
    assert read_opened(opened.write()) == opened


def test_the_longest_metadata_fits() -> None:
    opened = Opened(
        source=Source.SHORTCUT,
        channel_id="C" + "0" * 20,
        channel_name="\u00fc" * 255,
        thread_ts="1700000000.000100",
        permalink="https://" + "a" * 80 + ".slack.com/archives/C01/p1700000000000100",
        number=10**9 - 1,
        version=10**9 - 1,
        due=write_due(DueAt(NOW), BERLIN),
    )
    assert len(opened.write()) < 3_000


@pytest.mark.parametrize(
    "permalink",
    [
        "http://acme.slack.com/archives/C01/p1700000000000100",
        "https://acme.slack.com.evil.example/archives/C01/p1700000000000100",
        "https://evil.example/acme.slack.com/archives/C01/p1700000000000100",
        "https://u:p@acme.slack.com/archives/C01/p1700000000000100",
        "https://acme.slack.com:444/archives/C01/p1700000000000100",
        "https://acme.slack.com/archives/C01/p1700000000000100#x",
        "https://acme.slack.com/archives/../p1700000000000100",
        "javascript:alert(1)",
    ],
)
def test_a_permalink_leads_to_a_message_in_slack_and_nowhere_else(permalink: str) -> None:
    assert read_opened(json.dumps({"permalink": permalink})) is None


@pytest.mark.parametrize(
    "metadata",
    [
        *("", "null", "[]", "5", '"x"', "{", "[" * 100_000),
        '{"source": "button"}',
        '{"source": ["form"]}',
        '{"number": true}',
        '{"number": -1}',
        '{"number": 1.5}',
        '{"version": "1"}',
        '{"channel_id": "c01"}',
        '{"channel_id": null}',
        '{"thread_ts": 1}',
        '{"due": "2026-13-01"}',
        '{"due": "1969-12-31"}',
        '{"due": "0001-01-01T00:00:00+00:00 2026-12-03T02:00"}',
        '{"due": "9999-12-31T23:00:00+00:00 2026-12-03T02:00"}',
        '{"due": "2026-12-03T25:00:00+00:00 2026-12-03T02:00"}',
        '{"unknown": 1}',
    ],
)
def test_metadata_of_any_other_shape_is_none_of_ours(metadata: str) -> None:
    assert read_opened(metadata) is None
