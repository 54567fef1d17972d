"""Every action_id, callback_id and block_id: drawn here, read here, and nowhere spelled again.

A button's value is the task's number and grants nothing. Its block_id says on which surface it
stands, so that the surface can be drawn anew after the click: an ephemeral message is not part
of the payload (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from store import Cursor

DONE = "task_done"
START = "task_start"
REOPEN = "task_reopen"
RESTORE = "task_restore"
DELETE = "task_delete"
KEEP = "task_keep"
UNDO = "task_undo"
MENU = "task_menu"
POST_TASK = "task_post"
ADD_TEXT = "text_add"
PREVIOUS = "list_previous"
MORE = "list_more"
POST_LIST = "list_post"
POST_STATS = "stats_post"
EDIT = "task_edit"
NEW = "task_new"
SETTINGS = "settings_open"
SETTINGS_FORM = "settings_form"
FEEDBACK = "feedback_open"
FEEDBACK_FORM = "feedback_form"
HOME_PREVIOUS = "home_previous"
HOME_MORE = "home_more"

TAKE_OPTION = "take"
DELETE_OPTION = "delete"
EDIT_OPTION = "edit"

NEW_FORM = "new_form"
EDIT_FORM = "edit_form"

MAKE_TASK = "make_task"
NEW_TASK = "new_task"

_OPTION = re.compile(r"(take|delete|edit) (\d{1,9})", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_EVENT = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_CURSOR = re.compile(r"([<>])(-?\d{1,18}(?:\.-?\d{1,10}){1,2})", re.ASCII)


class Surface(StrEnum):
    """Where buttons stand: the kinds of message that carry them, and a Home."""

    CARD = "card"
    TASK = "task"
    ANSWER = "answer"
    ASKED = "asked"
    WORDS = "words"
    LIST = "list"
    POSTED = "posted"
    HOME = "home"


class Field(StrEnum):
    """The fields of a form about a task; each is the action_id of its element."""

    TITLE = "title"
    NOTES = "notes"
    ASSIGNEE = "assignee"
    DUE_DAY = "due_day"
    DUE_TIME = "due_time"
    PRIORITY = "priority"
    CARD = "card"
    CHANNEL = "channel"


class Setting(StrEnum):
    """The fields of the form of one's settings; each is the block_id and the action_id."""

    DMS = "dms"
    DIGEST = "digest"
    WEEKDAYS = "weekdays"
    HOUR = "hour"


class Question(StrEnum):
    """The questions of the survey; each is the block_id and the action_id of its field."""

    USED_FOR = "used_for"
    MISSING = "missing"
    FEELING = "feeling"


class UnknownForm(Exception):
    """A form whose fields or metadata we never drew."""


class UnknownButton(Exception):
    """A click whose value or block_id we never drew."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a button stands; in a list, also which page of which list, and who posted it.

    `version`: what the request that this is the answer to made of the task.
    """

    surface: Surface
    number: int | None = None
    version: int | None = None
    query: str = ""
    cursor: Cursor | None = None
    posted_by: str = ""


def field_id(field: Field, version: int) -> str:
    """The block_id of a field in a form about that version of a task; 0 while there is no task.

    Slack keeps what was typed in a field whose ids stay the same when a form is drawn anew, and
    shows no other value in it (https://docs.slack.dev/reference/views/modal-views).
    """
    return f"{field}|{version}"


def block_id(surface: Surface, number: int) -> str:
    """The block_id of a task's buttons."""
    return f"{surface}|{number}|||"


def place_id(place: Place) -> str:
    """The block_id of a place: in a list that of a row, or of its own buttons without a number."""
    number = "" if place.number is None else str(place.number)
    version = "" if place.version is None else f".{place.version}"
    cursor = write_cursor(place.cursor)
    return f"{place.surface}|{number}{version}|{cursor}|{place.posted_by}|{place.query}"


def read_place(action: Mapping[str, Any]) -> Place:
    """Where the button that was clicked stands.

    Raises:
        UnknownButton
    """
    match str(action.get("block_id", "")).split("|", 4):
        case [surface, number, cursor, posted_by, query] if surface in set(Surface):
            event = _read_event(number)
            return Place(Surface(surface), *event, query, read_cursor(cursor), posted_by)
        case _:
            raise UnknownButton


def _read_event(text: str) -> tuple[int | None, int | None]:
    match = _EVENT.fullmatch(text)
    if match is None:
        return None, None
    number, version = match.groups()
    return int(number), int(version) if version else None


def read_number(action: Mapping[str, Any]) -> int:
    """The number that a button carries: that of a task, or of a page of a Home.

    Raises:
        UnknownButton
    """
    value = str(action.get("value", ""))
    if not _NUMBER.fullmatch(value):
        raise UnknownButton
    return int(value)


def read_text(action: Mapping[str, Any]) -> str:
    """The text that a button carries, to be read like a command.

    Raises:
        UnknownButton
    """
    value = action.get("value")
    if not isinstance(value, str):
        raise UnknownButton
    return value


def read_option(action: Mapping[str, Any]) -> tuple[str, int]:
    """The word and the task number that a menu's option carries.

    Raises:
        UnknownButton
    """
    match action:
        case {"selected_option": {"value": str(value)}} if chosen := _OPTION.fullmatch(value):
            return chosen.group(1), int(chosen.group(2))
        case _:
            raise UnknownButton


def option(word: str, number: int) -> str:
    """The value of a menu's option."""
    return f"{word} {number}"


def read_cursor(text: str) -> Cursor | None:
    """A place between two tasks; None for the first page.

    Raises:
        UnknownButton
    """
    if not text:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise UnknownButton
    direction, key = match.groups()
    return Cursor(tuple(int(part) for part in key.split(".")), backwards=direction == "<")


def write_cursor(cursor: Cursor | None) -> str:
    """A place as it travels in values and block_ids; empty for the first page."""
    if cursor is None:
        return ""
    key = ".".join(str(part) for part in cursor.key)
    return f"{'<' if cursor.backwards else '>'}{key}"
