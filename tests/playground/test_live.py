"""What Slack brings to life, in blocks and in the text beside them."""

from typing import Any

import pytest

from playground import Live, live_parts
from tests.playground.drawn import actions, button, modal, plain, section


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("<@U01> <@U01|maya>", [Live("mention", "U01"), Live("mention", "U01", "maya")]),
        ("<#C01|dev>", [Live("channel", "C01", "dev")]),
        ("<!channel>", [Live("broadcast", "channel")]),
        ("<!here|here>", [Live("broadcast", "here", "here")]),
        ("<!subteam^S01|team>", [Live("group", "S01", "team")]),
        ("<!date^1^{date}|then>", [Live("date", "1^{date}", "then")]),
        ("<https://x.io|click>", [Live("link", "https://x.io", "click")]),
        ("<mailto:a@b.c>", [Live("link", "mailto:a@b.c", "mailto:a@b.c")]),
        ("see https://x.io now", [Live("url", "https://x.io", "https://x.io")]),
        ("@channel #dev", [Live("broadcast", "channel"), Live("channel", "dev")]),
        ("&lt;@U01&gt; #12 a@here.org &lt;!channel&gt;", []),
    ],
)
def test_mrkdwn_comes_alive(text: str, alive: list[Live]) -> None:
    assert live_parts({"text": "", "blocks": [section(text)]}).blocks == alive


def test_verbatim_mrkdwn_keeps_words_words() -> None:
    part = {"type": "mrkdwn", "text": "@here #dev https://x.io <@U01>", "verbatim": True}
    blocks = [{"type": "context", "elements": [part]}]
    assert live_parts({"blocks": blocks}).blocks == [Live("mention", "U01")]


def test_plain_text_is_never_alive() -> None:
    text = "<!channel> <@U01> https://x.io"
    blocks = [{"type": "header", "text": plain(text)}, actions(button(text, value=text))]
    assert live_parts({"blocks": blocks}).blocks == []
    assert live_parts(modal(title=plain("<@U01>"))).blocks == []


def test_rich_text_is_alive_only_where_it_says_so() -> None:
    inline: list[dict[str, Any]] = [
        {"type": "text", "text": "<!channel> @here https://x.io"},
        {"type": "user", "user_id": "U01"},
        {"type": "usergroup", "usergroup_id": "S01"},
        {"type": "channel", "channel_id": "C01"},
        {"type": "broadcast", "range": "here"},
        {"type": "link", "url": "https://x.io"},
        {"type": "date", "timestamp": 1, "format": "{date}"},
    ]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": inline}]}
    kinds = [live.kind for live in live_parts({"blocks": [block]}).blocks]
    assert kinds == ["mention", "group", "channel", "broadcast", "link", "date"]


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        ({}, ["mention", "url"]),
        ({"parse": "none"}, ["mention"]),
        ({"parse": "full"}, ["mention", "url", "broadcast", "channel"]),
        ({"link_names": True}, ["mention", "url", "broadcast", "channel"]),
        ({"mrkdwn": False}, []),
    ],
)
def test_the_text_beside_is_parsed_as_asked(how: dict[str, Any], kinds: list[str]) -> None:
    parts = live_parts({"text": "<@U01> https://x.io @here #dev", **how})
    assert [live.kind for live in parts.text] == kinds
    assert parts.blocks == []
