"""Slack's encoded text, decoded once; and the plain form in which words are compared."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from bot.reading.errors import TooLong

# https://docs.slack.dev/messaging/formatting-message-text#how-to-retrieve
_ENCODED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ID = re.compile(r"@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+")
"""Of a person or a channel."""

_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"'}
    | {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'"}
    | {"\u00a0": " ", "\u202f": " ", "\u2007": " "}
)
_QUOTE_MARKS = {'"', *(chr(mark) for mark, form in _QUOTES.items() if form == '"')}
_NOTHING = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\u061c"
_INVISIBLE = re.compile(f"[{_NOTHING}]")
_VISIBLE = re.compile(rf"[^\s{_NOTHING}]")
_NOT_PLAIN = re.compile(f"[{_NOTHING}{''.join(map(chr, _QUOTES))}]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

RAW_MAX = 20_000
"""More than any task takes, even when every character of it is escaped."""


class Mention(NamedTuple):
    """A person or a channel in the decoded text, from `start` to `end`, shown as `@name`."""

    start: int
    end: int
    id: str
    name: str
    is_person: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text as a person would write it, and where in it Slack saw people and channels."""

    text: str
    mentions: tuple[Mention, ...] = ()

    def behind(self, position: int) -> Mention | None:
        """The first mention that ends behind a position."""
        at = bisect_right(self.mentions, position, key=lambda one: one.end)
        return self.mentions[at] if at < len(self.mentions) else None

    def touches(self, start: int, end: int) -> bool:
        """Whether Slack made a person or a channel of part of it, as in `"for @maya"`."""
        mention = self.behind(start)
        return mention is not None and mention.start < end


def decode(raw: str) -> Decoded:
    """Decode what Slack encoded, drop control characters, and keep everything else as typed.

    Raises:
        TooLong: so much that reading it would keep everybody else waiting.
    """
    if len(raw) > RAW_MAX:
        raise TooLong("text", len(raw), RAW_MAX)
    # Mentions may be many, so what is to be decoded in and between them is looked for only once.
    decoded = _decoded if "&" in raw or not raw.isprintable() else str
    parts: list[str] = []
    mentions: list[Mention] = []
    start = 0
    *encoded, last = _ENCODED.split(raw)
    for at in range(0, len(encoded), 4):
        before, sigil, body, label = encoded[at : at + 4]
        text, shown = decoded(before), decoded(_shown(sigil, body, label))
        parts += (text, shown)
        start += len(text)
        end = start + len(shown)
        if sigil and _ID.fullmatch(sigil + body):
            mentions.append(Mention(start, end, body, shown[1:], sigil == "@"))
        start = end
    return Decoded("".join([*parts, decoded(last)]), tuple(mentions))


def plain(text: str) -> str:
    """The form for comparing: straight quotes, simple spaces, nothing invisible, small letters."""
    # Most texts have nothing to be made plain, and many are ASCII; both is quickly known.
    if text.isascii():
        return text.lower()
    if _NOT_PLAIN.search(text):
        text = _INVISIBLE.sub("", text.translate(_QUOTES))
    return text.casefold()


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return _VISIBLE.search(text) is None


def unquoted(title: str) -> str:
    """Quotes round the whole title are there to keep its words; any others belong to it."""
    if not _QUOTE_MARKS.issuperset((title[:1], title[-1:])):
        return title
    quotes = [at for at, character in enumerate(title) if character in _QUOTE_MARKS]
    return title[1:-1].strip() if quotes == [0, len(title) - 1] else title


def encode_mention(mention: Mention) -> str:
    """A mention as Slack would have sent it, for a text that is to be read again."""
    return f"<{'@' if mention.is_person else '#'}{mention.id}|{encode(mention.name)}>"


def encode(text: str) -> str:
    """Plain text as Slack would have sent it: three characters are escaped, no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(sigil: str, body: str, label: str | None) -> str:
    """What people see in its place, still encoded."""
    if sigil == "!":
        return label or "@" + body.partition("^")[0]
    return sigil + (label or body)


def _decoded(text: str) -> str:
    if "&" in text:
        # The ampersand comes last: "&amp;lt;" is what Slack makes of a typed "&lt;".
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _CONTROLS.sub("", text)
