"""What Slack would make of a message: all that comes alive in it, and the words that stand there.

Written from Slack's documentation alone, without a line of the bot's own code.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

JSON = Mapping[str, Any]

# https://docs.slack.dev/messaging/formatting-message-text#advanced-formatting
_MARKUP = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_OUR_DATE = re.compile(r"!date\^\d+\^[^|<>]*")
_BARE = re.compile(r"https?://[^\s<>|]+")
_FORMATTED = re.compile(r"(?<!\w)([*_~])(?!\s)[^*_~\n]+(?<!\s)\1(?!\w)|`[^`\n]+`")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")

_INERT = {"text", "emoji", "date"}
_MENTIONS = {"user", "usergroup", "broadcast", "team"}


def alive(message: JSON) -> list[str]:
    """What in a message pings somebody, hides where it leads, or rewrites what stands beside it."""
    found = list(_in_mrkdwn(str(message.get("text") or ""), "text"))
    if message.get("parse") == "full" or message.get("link_names"):
        found.append("text: names and channels come alive")
    for element in elements(message.get("blocks") or ()):
        found += _in_element(element)
    found += [f"turned: {text!r}" for text in _texts(message) if _TURNS.search(text)]
    return found


def _in_element(element: JSON) -> Iterator[str]:
    match element.get("type"):
        case "mrkdwn":
            yield from _in_mrkdwn(str(element["text"]), "mrkdwn")
            if not element.get("verbatim"):
                yield "mrkdwn: names and channels come alive"
        case "link":
            if element.get("text", element["url"]) != element["url"]:
                yield f"masked: {element}"
            if not _BARE.fullmatch(str(element["url"])):
                yield f"no web address: {element}"
        case kind if kind in _MENTIONS:
            yield f"mention: {element}"


def _in_mrkdwn(text: str, where: str) -> Iterator[str]:
    for match in _MARKUP.finditer(text):
        target, label = html.unescape(match["target"]), match["label"]
        is_itself = _BARE.fullmatch(target) and html.unescape(label or target) == target
        if not (is_itself or _OUR_DATE.fullmatch(match["target"])):
            yield f"{where}: {match[0]}"
    if where == "mrkdwn" and _FORMATTED.search(_MARKUP.sub("", text)):
        yield f"{where} formatted: {text!r}"


def elements(part: Any) -> Iterator[JSON]:
    """Everything in blocks that has a type, at any depth."""
    if isinstance(part, dict):
        if "type" in part:
            yield part
        for inner in part.values():
            yield from elements(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from elements(inner)


def _texts(message: JSON) -> Iterator[str]:
    """Everything that is read out or shown."""
    yield str(message.get("text") or "")
    for element in elements(message.get("blocks") or ()):
        for name in ("text", "accessibility_label", "fallback", "url"):
            if isinstance(element.get(name), str):
                yield element[name]


def fallback(message: JSON) -> str:
    """The top-level text as a notice shows it."""
    return _read_mrkdwn(str(message.get("text") or ""))


def shown(message: JSON) -> list[str]:
    """Each run of words as it stands on the screen: a paragraph, a line, a button."""
    return list(_runs(message.get("blocks") or ()))


def _runs(blocks: Iterable[JSON]) -> Iterator[str]:
    for element in elements(list(blocks)):
        match element.get("type"):
            case "mrkdwn":
                yield _read_mrkdwn(str(element["text"]))
            case "plain_text":
                yield str(element["text"])
            case "rich_text_section" | "rich_text_preformatted" | "rich_text_quote":
                yield "".join(map(_inline, element["elements"]))
        for name in ("accessibility_label", "initial_value"):
            if name in element:
                yield str(element[name])


def _inline(element: JSON) -> str:
    match element["type"]:
        case "emoji":
            return f":{element['name']}:"
        case "link":
            return str(element.get("text", element["url"]))
        case "date":
            return str(element.get("fallback", ""))
        case kind if kind in _INERT:
            return str(element["text"])
        case kind:
            return f"<{kind}>"


def _read_mrkdwn(text: str) -> str:
    return html.unescape(_MARKUP.sub(lambda match: match["label"] or match["target"], text))
