"""What a message becomes when a task is made of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing.ids import UnknownForm
from bot.reading.message import read_message, title_and_notes
from store import NOTES_MAX, TITLE_MAX

TS = "1700000000.000100"
ROOT = "1600000000.000200"


def shortcut(text: Any = "Fix login", **changes: Any) -> dict[str, Any]:
    """The payload of a message shortcut."""
    message = {"ts": TS, "text": text} | changes.pop("message", {})
    return {
        "team": {"id": "T01", "domain": "acme"},
        "channel": {"id": "C01", "name": "dev"},
        "message": message,
        "response_url": "https://hooks.slack.com/app/1/2/3",
    } | changes


def read(text: Any, **names: str) -> tuple[str, str]:
    return title_and_notes(read_message(shortcut(text)), names)


@pytest.mark.parametrize(
    ("text", "title", "notes"),
    [
        ("Fix login", "Fix login", ""),
        ("\n\n Fix login \n\n It is *slow*\n", "Fix login", "It is *slow*"),
        ("<@U02> broke &lt;b&gt; &amp; &amp;amp;", "@tom broke <b> & &amp;", ""),
        ("<@U02|tommy> knows", "@tommy knows", ""),
        ("<@U09> knows", "@U09 knows", ""),
        ("<#C01|dev> and <#C02> and <#C03|>", "#dev and #channel and #channel", ""),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2", ""),
        ("<https://x.example|the page>", "the page", ""),
        ("<!channel> <!subteam^S01|@team>", "@channel @team", ""),
        ("", "", ""),
        (None, "", ""),
        (5, "", ""),
    ],
)
def test_the_first_line_is_the_title_and_the_rest_are_notes(
    text: Any, title: str, notes: str
) -> None:
    assert read(text, U02="tom") == (title, notes)


def test_a_long_first_line_is_cut_between_words_and_nothing_of_it_is_lost() -> None:
    title, notes = read("word " * 60 + "\nbelow")
    assert title == " ".join(["word"] * 40)
    assert notes == " ".join(["word"] * 20) + "\nbelow"


def test_a_message_longer_than_notes_ends_in_an_ellipsis() -> None:
    _, notes = read("title\n" + "n" * 39_000)
    assert len(notes) == NOTES_MAX
    assert notes.endswith("n…")


@given(text=st.text(max_size=400))
def test_whatever_a_message_says_fits_into_a_form(text: str) -> None:
    title, notes = read(text)
    assert len(title) <= TITLE_MAX
    assert len(notes) <= NOTES_MAX


def test_the_way_back_leads_to_the_message_and_the_card_below_it() -> None:
    quoted = read_message(shortcut())
    assert quoted.permalink == "https://acme.slack.com/archives/C01/p1700000000000100"
    assert quoted.thread_ts == TS


def test_inside_a_thread_the_way_back_names_the_thread_and_the_card_goes_there() -> None:
    quoted = read_message(shortcut(message={"thread_ts": ROOT}))
    assert quoted.thread_ts == ROOT
    assert quoted.permalink == (
        "https://acme.slack.com/archives/C01/p1700000000000100?thread_ts=1600000000.000200&cid=C01"
    )
    root = read_message(shortcut(message={"thread_ts": TS}))
    assert "thread_ts" not in root.permalink


def test_a_workspace_of_the_government_has_its_own_site() -> None:
    quoted = read_message(shortcut(response_url="https://hooks.slack-gov.com/app/1/2/3"))
    assert quoted.permalink.startswith("https://acme.slack-gov.com/archives/C01/")


@pytest.mark.parametrize(
    "changes",
    [
        {"team": {"id": "T01"}},
        {"team": {"id": "T01", "domain": "acme.evil/"}},
        {"channel": {"id": "../x"}},
        {"channel": None},
    ],
)
def test_without_a_plain_domain_and_channel_there_is_no_way_back(changes: dict[str, Any]) -> None:
    assert not read_message(shortcut(**changes)).permalink


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"message": None},
        {"message": {}},
        {"message": {"ts": 1}},
        {"message": {"ts": "x"}},
    ],
)
def test_a_shortcut_without_a_message_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(UnknownForm):
        read_message(broken)
