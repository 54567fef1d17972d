"""The few Block Kit shapes that we draw with, each safe for any text that people type."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]

BLOCKS_MAX = 50
"""In a message: https://docs.slack.dev/reference/block-kit/blocks"""
BUTTON_MAX = 75
LABEL_MAX = 75
FALLBACK_MAX = 3_000
"""Bytes, of which `chat.update` takes 4,000: https://docs.slack.dev/reference/methods/chat.update"""
DATE_FORMAT = "{date_short_pretty} at {time}"

_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_BEGUN_ENTITY = re.compile(r"&[a-z]*$")
_LIVE = re.compile(r"(?P<url>https?://[^\s<>|\"]*[^\s<>|\"'.,;:!?)\]}])|:(?P<emoji>[a-z0-9_+'-]+):")


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its blocks, and the same in one line of plain text for screen readers."""

    text: str
    blocks: tuple[Block, ...]

    def as_json(self) -> dict[str, Any]:
        """Links never unfurl, and the fallback brings nothing to life."""
        return {
            "text": _cut(escape(self.text)),
            "blocks": list(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def with_remark(self, remark: str) -> "Message":
        """The same with a grey line below."""
        text = f"{self.text}\n{visible(remark)}"
        return Message(text, (*self.blocks, context(plain(remark))))

    def has_room_for(self, line: "Message") -> bool:
        """Whether the line fits below it."""
        return len(self.blocks) + len(line.blocks) <= BLOCKS_MAX

    def with_line(self, line: "Message") -> "Message":
        """The same with a line below, which also ends the plain text however long that is."""
        kept = _fitting(self.text, FALLBACK_MAX - len(escape(f"\n{line.text}").encode()))
        return Message(f"{kept}\n{line.text}", (*self.blocks, *line.blocks))


def message(fallback: str, *blocks: Block) -> Message:
    """A message with the same in plain text, for readers of notices and screens."""
    return Message(visible(fallback), blocks)


def visible(text: str) -> str:
    """The text without the controls that would turn the direction of what stands beside it."""
    return _BIDI_CONTROLS.sub("", text)


def escape(text: str) -> str:
    """Escape what Slack's markup would take for its own.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(escaped: str) -> str:
    """As much of a fallback as Slack takes; neither a character nor an entity is cut in two."""
    kept = escaped.encode()[:FALLBACK_MAX].decode(errors="ignore")
    return _BEGUN_ENTITY.sub("", kept)


def _fitting(text: str, limit: int) -> str:
    """As much of a text as has so many bytes once it is escaped."""
    ends = accumulate(len(escape(letter).encode()) for letter in text)
    return text[: sum(end <= limit for end in ends)]


def shortened(text: str, limit: int) -> str:
    """The text within a limit, with an ellipsis where something is left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# Rich text brings nothing to life but what it is told to, so a title needs no escaping in it.


def words(text: str, **style: bool) -> Element:
    """A piece of rich text: `bold`, `strike`, `italic` or `code`."""
    element: Element = {"type": "text", "text": visible(text) or " "}
    return element | ({"style": style} if style else {})


def typed(text: str, **style: bool) -> list[Element]:
    """What a person typed: web addresses are live and show themselves, emoji are emoji."""
    elements: list[Element] = []
    position = 0
    for match in _LIVE.finditer(text := visible(text)):
        if match.start() > position:
            elements.append(words(text[position : match.start()], **style))
        elements.append(_live(match, style))
        position = match.end()
    if position < len(text) or not elements:
        elements.append(words(text[position:], **style))
    return elements


def _live(match: re.Match[str], style: dict[str, bool]) -> Element:
    if match["emoji"]:
        return {"type": "emoji", "name": match["emoji"]}
    link: Element = {"type": "link", "url": match["url"]}
    return link | ({"style": style} if style else {})


def link(url: str, text: str) -> Element:
    """A link under words of ours: people's words always show the address itself."""
    return {"type": "link", "url": url, "text": text}


def channel(channel_id: str) -> Element:
    """A channel by its present name, or as private for those who are not in it."""
    return {"type": "channel", "channel_id": channel_id}


def spoken(elements: Iterable[Element]) -> str:
    """Rich text as one plain line, for the fallback."""
    return "".join(_spoken(element) for element in elements)


def _spoken(element: Element) -> str:
    match element["type"]:
        case "emoji":
            return f":{element['name']}:"
        case "link":
            return str(element.get("text") or element["url"])
        case "date":
            return str(element["fallback"])
        case "channel":
            return "this channel"
        case _:
            return str(element["text"])


def answer(*lines: Sequence[Element], below: Iterable[Block] = ()) -> Message:
    """A private answer: lines of rich text, and what stands below them."""
    joined = [*lines[0]]
    for line in lines[1:]:
        joined += [words("\n"), *line]
    return message(spoken(joined), rich(joined), *below)


def rich(elements: Sequence[Element]) -> Block:
    """A paragraph of rich text."""
    section = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [section]}


def preformatted(text: str) -> Block:
    """A text to copy, exactly as it was typed."""
    element = {"type": "rich_text_preformatted", "elements": [words(text)]}
    return {"type": "rich_text", "elements": [element]}


def bullets(items: Iterable[Sequence[Element]]) -> Block:
    """A list with bullets."""
    sections = [{"type": "rich_text_section", "elements": list(item)} for item in items]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": sections}],
    }


def plain(text: str) -> Element:
    """Text in which nothing comes alive but emoji."""
    return {"type": "plain_text", "text": visible(text) or " ", "emoji": True}


def context(*elements: Element) -> Block:
    """A small grey line of plain texts and moments."""
    return {"type": "context", "elements": list(elements)}


def date(at: datetime, before: str = "") -> Element:
    """A moment for a grey line, in the zone of whoever reads it; `before` are plain words of ours.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    token = f"{before}<!date^{int(at.timestamp())}^{DATE_FORMAT}|{in_utc(at)}>"
    return {"type": "mrkdwn", "text": token, "verbatim": True}


def moment(at: datetime) -> Element:
    """A moment in rich text, in the zone of whoever reads it."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": DATE_FORMAT,
        "fallback": in_utc(at),
    }


def in_utc(at: datetime) -> str:
    """A moment where Slack cannot tell the reader's zone."""
    return f"{at:%a} {at.day} {at:%b %Y %H:%M} UTC"


def header(text: str) -> Block:
    """A heading, which screen readers announce as one."""
    return {"type": "header", "text": plain(text)}


def line(text: str) -> Block:
    """A line with nothing at its end."""
    return {"type": "section", "text": plain(text)}


def section(text: str, button: Element, block_id: str) -> Block:
    """A line with a button at its end."""
    return line(text) | {"block_id": block_id, "accessory": button}


def actions(block_id: str, *elements: Element) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(text: str, action_id: str, value: str, label: str, style: str | None = None) -> Element:
    """A button; `label` is what a screen reader says, with the task that it is about."""
    element: Element = {
        "type": "button",
        "text": plain(shortened(text, BUTTON_MAX)),
        "action_id": action_id,
        "value": value,
        "accessibility_label": shortened(visible(label), LABEL_MAX),
    }
    return element | ({"style": style} if style else {})


def menu(action_id: str, options: dict[str, str]) -> Element:
    """A menu behind three dots: values by their texts."""
    return {
        "type": "overflow",
        "action_id": action_id,
        "options": [{"text": plain(text), "value": value} for text, value in options.items()],
    }
