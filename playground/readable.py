"""Turns what stands on a screen into plain lines, for tests and for reading their failures."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from playground.messages import JSON, Ephemeral, Shown

if TYPE_CHECKING:
    from playground.workspace import Workspace

_ANGLE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


class Reader:
    """Reads messages aloud, with the names of one workspace."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._blocks: dict[str, Callable[[JSON], Iterable[str]]] = {
            "section": self._section,
            "header": lambda block: [f"# {self._text(block['text'])}"],
            "divider": lambda _: ["────"],
            "context": lambda block: [" ".join(map(self._element, block["elements"]))],
            "actions": lambda block: [" ".join(map(self._element, block["elements"]))],
            "image": lambda block: [f"[image: {block['alt_text']}]"],
            "input": self._input,
            "rich_text": self._rich_text,
        }
        self._inlines: dict[str, Callable[[JSON], str]] = {
            "text": _as_words,
            "user": lambda it: f"@{self._name(it['user_id'])}",
            "channel": lambda it: f"#{self._place(it['channel_id'])}",
            "link": lambda it: str(it.get("text") or it["url"]),
            "date": lambda it: str(it.get("fallback", it["timestamp"])),
            "emoji": lambda it: f":{it['name']}:",
        }

    def lines(self, shown: Shown) -> list[str]:
        """Return a message as lines: its blocks, or its text when it has none."""
        if not shown.blocks:
            return self._mrkdwn(shown.text).splitlines()
        return [line for text in self._parts(shown.blocks) for line in text.splitlines()]

    def author(self, shown: Shown) -> str:
        """Return who wrote it."""
        if isinstance(shown, Ephemeral):
            return "Slackbot" if shown.from_slackbot else self._name(self._workspace.bot_user_id)
        return self._name(shown.user)

    def _parts(self, blocks: list[JSON]) -> Iterator[str]:
        for block in blocks:
            yield from self._blocks[block["type"]](block)

    def _section(self, block: JSON) -> Iterator[str]:
        accessory = block.get("accessory")
        beside = f"  {self._element(accessory)}" if accessory else ""
        if "text" in block:
            yield self._text(block["text"]) + beside
        if "fields" in block:
            yield " · ".join(self._text(each).replace("\n", " ") for each in block["fields"])

    def _input(self, block: JSON) -> Iterator[str]:
        element = block["element"]
        value = next((it for key, it in element.items() if key.startswith("initial_")), "")
        yield f"{self._text(block['label'])}: {value or '…'}"

    def _element(self, element: JSON) -> str:
        match element["type"]:
            case "button":
                return f"[{self._text(element['text'])}]"
            case "overflow":
                labels = (self._text(option["text"]) for option in element["options"])
                return f"[⋯ {' | '.join(labels)}]"
            case "mrkdwn" | "plain_text":
                return self._text(element)
            case other:
                return f"[{other.replace('_', ' ')}]"

    def _text(self, text: JSON) -> str:
        written = str(text["text"])
        return self._mrkdwn(written) if text["type"] == "mrkdwn" else written

    def _mrkdwn(self, text: str) -> str:
        return html.unescape(_ANGLE.sub(self._plain, text))

    def _plain(self, found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):
            return f"@{self._name(target[1:])}"
        if target.startswith("#"):
            return f"#{label or self._place(target[1:])}"
        return label or target.lstrip("!")

    def _name(self, user_id: str) -> str:
        person = self._workspace.people.get(user_id)
        return person.real_name if person else user_id

    def _place(self, channel_id: str) -> str:
        channel = self._workspace.channels.get(channel_id)
        return channel.name if channel else channel_id

    def _rich_text(self, block: JSON) -> Iterator[str]:
        for part in block["elements"]:
            if part["type"] == "rich_text_list":
                yield from (f"• {self._run(item)}" for item in part["elements"])
            else:
                yield self._run(part)

    def _run(self, part: JSON) -> str:
        return "".join(self._inline(each) for each in part["elements"])

    def _inline(self, element: JSON) -> str:
        write = self._inlines.get(element["type"], _as_broadcast)
        return write(element)


def _as_words(element: JSON) -> str:
    struck = element.get("style", {}).get("strike")
    return f"~{element['text']}~" if struck else str(element["text"])


def _as_broadcast(element: JSON) -> str:
    return f"@{element.get('range') or element.get('usergroup_id')}"
