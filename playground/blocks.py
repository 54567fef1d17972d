"""Checks messages and views against Block Kit's limits, before a customer's Slack does."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from playground.elements import IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION, plain, text
from playground.messages import JSON
from playground.rich_text import RICH_TEXT
from playground.schema import (
    Check,
    anything,
    array,
    boolean,
    by_type,
    complaint,
    one_of,
    shape,
    string,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TEXT_ADVISED = 4000
TEXT_MOST = 40_000

# As others found out, github.com/slackapi/bolt-js/issues/2509: 13,297 letters fit into one block,
# and 125 less when a divider stands below it.
BLOCKS_MOST = 13_422
BLOCK_LENGTH = 125

_BLOCK_ID = {"block_id": string(255)}

# docs.slack.dev/reference/block-kit/blocks
_BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        {
            **_BLOCK_ID,
            "text": text(3000),
            "fields": array(text(2000), least=1, most=10),
            "accessory": IN_SECTION,
            "expand": boolean,
        },
    ),
    "header": shape({"text": plain(150)}, {**_BLOCK_ID, "level": one_of(1, 2, 3, 4)}),
    "divider": shape({}, _BLOCK_ID),
    "image": shape(
        {"alt_text": string(2000)},
        {**_BLOCK_ID, "image_url": string(3000), "slack_file": anything, "title": plain(2000)},
    ),
    "actions": shape({"elements": array(IN_ACTIONS, least=1, most=25)}, _BLOCK_ID),
    "context": shape({"elements": array(IN_CONTEXT, least=1, most=10)}, _BLOCK_ID),
    "rich_text": shape({"elements": RICH_TEXT}, _BLOCK_ID),
}
_INPUT = shape(
    {"label": plain(2000), "element": IN_INPUT},
    {**_BLOCK_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)

_IN_MESSAGE = array(by_type(_BLOCKS), most=MESSAGE_BLOCKS)
_IN_VIEW = array(by_type({**_BLOCKS, "input": _INPUT}), most=VIEW_BLOCKS)

_VIEW_COMMON = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_VIEW = by_type(
    {
        "home": shape({"blocks": _IN_VIEW}, _VIEW_COMMON),
        "modal": shape(
            {"blocks": _IN_VIEW, "title": plain(24)},
            {
                **_VIEW_COMMON,
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
    }
)


def check_message(payload: Mapping[str, Any]) -> list[str]:
    """Return what Slack would refuse in a message, and what its readers would miss."""
    return check_blocks(payload.get("blocks")) + check_text(payload)


def check_blocks(blocks: Any) -> list[str]:
    """Return what Slack would refuse in a message's blocks."""
    if blocks is None:
        return []
    return [*_IN_MESSAGE(blocks, "/blocks"), *_whole(blocks)]


def length(blocks: list[JSON]) -> int:
    """Return how long Slack finds a message's blocks: their letters, and something for each."""
    return BLOCK_LENGTH * len(blocks) + sum(map(len, _texts(blocks)))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, dict):
        for name, one in part.items():
            yield from [one] if name == "text" and isinstance(one, str) else _texts(one)


def check_text(payload: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the top-level text: readers of screens and notices need it."""
    words = payload.get("text")
    if words is not None and not isinstance(words, str):
        return [complaint("must be a string", "/text")]
    if not words:
        return [complaint("top-level text is missing: screen readers have nothing to say", "/text")]
    if len(words) > TEXT_ADVISED:
        return [complaint(f"must be less than {TEXT_ADVISED + 1} characters", "/text")]
    return []


def check_view(view: Mapping[str, Any]) -> list[str]:
    """Return what Slack would refuse in a modal or a Home."""
    return [*_VIEW(view, ""), *_whole(view.get("blocks")), *_submit_for_inputs(view)]


def _whole(blocks: Any) -> Iterator[str]:
    """Complain about what no block shows alone."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return
    yield from _repeated(blocks, "block_id", "/blocks")
    for index, block in enumerate(blocks):
        yield from _repeated(_elements(block), "action_id", f"/blocks/{index}")
        if block.get("type") == "section" and not (block.get("text") or block.get("fields")):
            yield complaint("must have text or fields", f"/blocks/{index}")


def _elements(block: JSON) -> list[Any]:
    elements = block.get("elements")
    return elements if isinstance(elements, list) else []


def _repeated(parts: list[Any], name: str, pointer: str) -> Iterator[str]:
    found = Counter(
        part[name] for part in parts if isinstance(part, dict) and isinstance(part.get(name), str)
    )
    for value, times in found.items():
        if times > 1:
            yield complaint(f"{name} {value!r} is used more than once", pointer)


def _submit_for_inputs(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )
    if inputs and view.get("type") == "modal" and not view.get("submit"):
        yield complaint("a modal with input blocks must have a submit button", "/submit")
