"""Tells what Slack would bring to life in a message: mentions, links, and what looks like them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["mention", "channel", "group", "broadcast", "link", "url", "date"]


@dataclass(frozen=True)
class Live:
    """One thing that pings, links or is drawn by Slack; the label is what people read."""

    kind: Kind
    target: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveParts:
    """What is alive in the blocks, and in the top-level text."""

    blocks: list[Live] = field(default_factory=list)
    text: list[Live] = field(default_factory=list)


def live_parts(payload: Mapping[str, Any]) -> LiveParts:
    """Return everything in a message or view that is more than words."""
    return LiveParts(blocks=list(_in_any(payload.get("blocks") or [])), text=_in_text(payload))


def _in_text(payload: Mapping[str, Any]) -> list[Live]:
    text = payload.get("text") or ""
    if payload.get("mrkdwn") is False:
        return []
    # docs.slack.dev/messaging/formatting-message-text: names in plain words count only when the
    # app asks for it, URLs unless it asks not to.
    named = bool(payload.get("link_names")) or payload.get("parse") == "full"
    return list(_in_mrkdwn(text, urls=payload.get("parse") != "none", names=named))


def _in_any(part: Any) -> Iterator[Live]:
    """Walk through blocks: each kind of text says for itself whether it is alive."""
    if isinstance(part, list):
        for each in part:
            yield from _in_any(each)
    elif isinstance(part, dict):
        yield from _in_object(part)


def _in_object(part: dict[str, Any]) -> Iterator[Live]:
    kind = part.get("type")
    if kind == "mrkdwn":
        loose = not part.get("verbatim", False)
        yield from _in_mrkdwn(part["text"], urls=loose, names=loose)
    elif kind in _RICH:
        yield _RICH[kind](part)
    else:
        for value in part.values():
            yield from _in_any(value)


_RICH: dict[str | None, Callable[[dict[str, Any]], Live]] = {
    "user": lambda it: Live("mention", it["user_id"]),
    "usergroup": lambda it: Live("group", it["usergroup_id"]),
    "channel": lambda it: Live("channel", it["channel_id"]),
    "broadcast": lambda it: Live("broadcast", it["range"]),
    "link": lambda it: Live("link", it["url"], it.get("text") or it["url"]),
    "date": lambda it: Live("date", str(it["timestamp"]), it.get("fallback", "")),
}

_ANGLE = re.compile(r"<(?P<inside>[^<>]+)>")
_URL = re.compile(r"(?<![\w<|])(?:https?://|www\.)[^\s<>|]+", re.IGNORECASE)
_BROADCAST = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")
_CHANNEL = re.compile(r"(?<![\w#&])#([a-z][\w-]*)")


def _in_mrkdwn(text: str, *, urls: bool, names: bool) -> Iterator[Live]:
    for found in _ANGLE.finditer(text):
        yield from _in_angles(found["inside"])
    rest = _ANGLE.sub(" ", text)
    if urls:
        yield from (Live("url", found[0], found[0]) for found in _URL.finditer(rest))
    if names:
        yield from (Live("broadcast", found[1]) for found in _BROADCAST.finditer(rest))
        yield from (Live("channel", found[1]) for found in _CHANNEL.finditer(rest))


def _in_angles(inside: str) -> Iterator[Live]:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        yield Live("mention", target[1:], label)
    elif target.startswith("#"):
        yield Live("channel", target[1:], label)
    elif target.startswith("!"):
        yield _special(target[1:], label)
    elif re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        yield Live("link", target, label or target)


def _special(target: str, label: str) -> Live:
    name, _, rest = target.partition("^")
    if name == "date":
        return Live("date", rest, label)
    if name == "subteam":
        return Live("group", rest, label)
    return Live("broadcast", name, label)
