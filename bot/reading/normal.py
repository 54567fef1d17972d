"""Slack's encoded text, decoded once; and the plain form in which words are compared."""

import re
import unicodedata
from dataclasses import dataclass

# https://docs.slack.dev/messaging/formatting-message-text#how-to-retrieve
_ENCODED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>|&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
_PERSON = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]+")

_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"'}
    | {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'"}
    | {"\u00a0": " ", "\u202f": " ", "\u2007": " "}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\u061c]")
_KEPT_CONTROLS = "\n\t"


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
    """Decode what Slack encoded, drop control characters, and keep everything else as typed."""
    parts: list[str] = []
    mentions: list[Mention] = []
    length = position = 0
    for match in _ENCODED.finditer(raw):
        plain = _without_controls(raw[position : match.start()])
        shown = _shown(match)
        start = length + len(plain)
        mention = _mention(match, start, shown)
        if mention:
            mentions.append(mention)
        parts += [plain, shown]
        length = start + len(shown)
        position = match.end()
    parts.append(_without_controls(raw[position:]))
    return Decoded("".join(parts), tuple(mentions))


def plain(text: str) -> str:
    """The form for comparing: straight quotes, simple spaces, nothing invisible, small letters."""
    return _INVISIBLE.sub("", text.translate(_QUOTES)).casefold()


def encode_mention(mention: Mention) -> str:
    """A mention as Slack would have sent it, for a text that is to be read again."""
    return f"<{'@' if mention.is_person else '#'}{mention.id}|{_label(mention.name)}>"


def encode(text: str) -> str:
    """Plain text as Slack would have sent it: three characters are escaped, no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(match: re.Match[str]) -> str:
    sigil, body, label, entity = match.groups()
    if entity:
        return _ENTITIES[entity]
    if sigil in {"@", "#"}:
        return sigil + _label(label or body)
    if sigil == "!":
        return _label(label or "@" + body.partition("^")[0])
    return _label(label or body)


def _label(text: str) -> str:
    for name, character in _ENTITIES.items():
        text = text.replace(f"&{name};", character)
    return _without_controls(text)


def _mention(match: re.Match[str], start: int, shown: str) -> Mention | None:
    sigil, body, _, _ = match.groups()
    if sigil == "@" and _PERSON.fullmatch(body):
        return Mention(start, start + len(shown), body, shown[1:], is_person=True)
    if sigil == "#" and _CHANNEL.fullmatch(body):
        return Mention(start, start + len(shown), body, shown[1:], is_person=False)
    return None


def _without_controls(text: str) -> str:
    return "".join(
        one for one in text if one in _KEPT_CONTROLS or unicodedata.category(one) not in _CONTROLS
    )


_CONTROLS = {"Cc", "Cs"}
