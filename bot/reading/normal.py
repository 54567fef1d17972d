"""Slack's encoded text, decoded once; and the plain form in which words are compared."""

import re
from dataclasses import dataclass

from bot.reading.errors import TooLong

# https://docs.slack.dev/messaging/formatting-message-text#how-to-retrieve
_ENCODED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_PERSON = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]+")

_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"'}
    | {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'"}
    | {"\u00a0": " ", "\u202f": " ", "\u2007": " "}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\u061c]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

RAW_MAX = 20_000
"""More than any task takes, even when every character of it is escaped."""


@dataclass(frozen=True, slots=True)
class Mention:
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


def decode(raw: str) -> Decoded:
    """Decode what Slack encoded, drop control characters, and keep everything else as typed.

    Raises:
        TooLong: so much that reading it would keep everybody else waiting.
    """
    if len(raw) > RAW_MAX:
        raise TooLong("text", len(raw), RAW_MAX)
    parts: list[str] = []
    mentions: list[Mention] = []
    length = position = 0
    for match in _ENCODED.finditer(raw):
        plain = _decoded(raw[position : match.start()])
        shown = _shown(match)
        start = length + len(plain)
        mention = _mention(match, start, shown)
        if mention:
            mentions.append(mention)
        parts += [plain, shown]
        length = start + len(shown)
        position = match.end()
    parts.append(_decoded(raw[position:]))
    return Decoded("".join(parts), tuple(mentions))


def plain(text: str) -> str:
    """The form for comparing: straight quotes, simple spaces, nothing invisible, small letters."""
    return _INVISIBLE.sub("", text.translate(_QUOTES)).casefold()


def encode_mention(mention: Mention) -> str:
    """A mention as Slack would have sent it, for a text that is to be read again."""
    return f"<{'@' if mention.is_person else '#'}{mention.id}|{encode(mention.name)}>"


def encode(text: str) -> str:
    """Plain text as Slack would have sent it: three characters are escaped, no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(match: re.Match[str]) -> str:
    sigil, body, label = match.groups()
    if sigil in {"@", "#"}:
        return sigil + _decoded(label or body)
    if sigil == "!":
        return _decoded(label or "@" + body.partition("^")[0])
    return _decoded(label or body)


def _decoded(text: str) -> str:
    # The ampersand comes last: "&amp;lt;" is what Slack makes of a typed "&lt;".
    unescaped = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _CONTROLS.sub("", unescaped)


def _mention(match: re.Match[str], start: int, shown: str) -> Mention | None:
    sigil, body, _ = match.groups()
    if sigil == "@" and _PERSON.fullmatch(body):
        return Mention(start, start + len(shown), body, shown[1:], is_person=True)
    if sigil == "#" and _CHANNEL.fullmatch(body):
        return Mention(start, start + len(shown), body, shown[1:], is_person=False)
    return None
