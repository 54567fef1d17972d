"""What people type, as Slack sends it on."""

import pytest

from playground import Channel, Person, Workspace
from playground.typed import escaped, split_command


@pytest.fixture
def acme(ws: Workspace, maya: Person, dev: Channel) -> Workspace:
    assert (maya.name, dev.name) == ("maya", "dev")
    ws.add_channel("D01", kind="im", members=[maya])
    return ws


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("plain words", "plain words"),
        ("@maya", "<@U01|maya>"),
        ("@maya.", "<@U01|maya>."),
        ("(@maya)", "(<@U01|maya>)"),
        ("@nobody", "@nobody"),
        ("<@U01>", "<@U01|maya>"),
        ("<@U01|old>", "<@U01|maya>"),
        ("<@W99>", "<@W99>"),
        ("#dev", "<#C01|dev>"),
        ("#12", "#12"),
        ("#other", "#other"),
        ("<#C01>", "<#C01|dev>"),
        ("<#C99>", "<#C99>"),
        ("#directmessage", "#directmessage"),
        ("@channel @here", "<!channel> <!here>"),
        ("<!channel>", "<!channel>"),
        ("https://x.io/a?b=1&c=2", "<https://x.io/a?b=1&amp;c=2>"),
        ("see https://x.io.", "see <https://x.io>."),
        ("(https://x.io)", "(<https://x.io>)"),
        ("<https://x.io|label>", "<https://x.io|label>"),
        ("example.com/a", "<http://example.com/a|example.com/a>"),
        ("a@b.org", "<mailto:a@b.org|a@b.org>"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("“curly”\u00a0stay", "“curly”\u00a0stay"),
    ],
)
def test_text_is_escaped_as_slack_does(acme: Workspace, typed: str, sent: str) -> None:
    assert escaped(typed, acme) == sent


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("/task", ("/task", "")),
        ("/task  add  two  blanks  ", ("/task", "add  two  blanks")),
        ("/task add one\nand two\n", ("/task", "add one\nand two")),
        ("/task add\u00a0it\u00a0", ("/task", "add\u00a0it\u00a0")),
    ],
)
def test_a_line_is_a_command_and_its_text(line: str, parts: tuple[str, str]) -> None:
    assert split_command(line) == parts
