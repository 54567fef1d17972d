"""Forms as people see them (modals), and answers where the person is looking at a form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    answer,
    plain,
    preformatted,
    rich,
    shortened,
    typed,
    words,
)
from bot.drawing.ids import Field, field_id
from bot.drawing.reader import Reader
from bot.drawing.times import due_on_record
from bot.reading.form import CARD_SHOWN
from bot.reading.message import Quoted, title_and_notes
from bot.reading.opened import Opened, write_due
from store import (
    FULL_MEMBERS,
    NOTES_MAX,
    TITLE_MAX,
    Channel,
    Crossed,
    Due,
    Priority,
    Role,
    Task,
    Wanted,
)

View = dict[str, Any]

TITLE = "Taskbot"
THEIRS_SHOWN = 2_900

_PRIORITIES = {Priority.HIGH: "High", Priority.NORMAL: "Normal", Priority.LOW: "Low"}
_EMPTY = Wanted(title="", notes="", assignee_id=None, due=None, priority=Priority.NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForm:
    """What a form for a new task begins with, and what may be chosen in it."""

    opened: Opened
    title: str = ""
    notes: str = ""
    has_card: bool = False
    """There is a channel in which a card may be shown."""
    has_channels: bool = False
    """A channel can be chosen; none is preset."""


def from_message(
    quoted: Quoted, reader: Reader, opened: Opened, channel: Channel | None
) -> NewForm:
    """A form that is filled in from a message, whose card belongs below it."""
    title, notes = title_and_notes(quoted, reader.names)
    return NewForm(
        opened=replace(opened, thread_ts=quoted.thread_ts, permalink=quoted.permalink),
        title=title,
        notes=notes,
        has_card=channel is not None and channel.may_have_cards,
    )


def from_nowhere(opened: Opened, role: Role) -> NewForm:
    """A form that was opened in no channel; guests see only the one that they type in."""
    opened = replace(opened, channel_id="", channel_name="")
    return NewForm(opened=opened, has_channels=role in FULL_MEMBERS)


def new_task(form: NewForm, reader: Reader) -> View:
    """A form for a new task."""
    filled = replace(_EMPTY, title=form.title, notes=form.notes)
    blocks = _fields(filled, form.opened, reader)
    if form.has_channels:
        blocks.append(_channel_field())
    if form.has_card or form.has_channels:
        blocks.append(_card_field())
    return _form("New task", "Add", ids.NEW_FORM, form.opened, blocks)


def edit_task(task: Task, reader: Reader, opened: Opened) -> View:
    """A form that shows a task as it is."""
    return _edit(task, _shown(task), reader, opened, ())


def crossed(error: Crossed, reader: Reader, opened: Opened) -> View:
    """The form once more, on the task as it is now: what was changed in it stands beside theirs."""
    above = [block for name in error.mine.crossed for block in _theirs(name, error, reader)]
    return _edit(error.task, error.mine.wanted, reader, opened, above)


def _edit(
    task: Task, filled: Wanted, reader: Reader, opened: Opened, above: Iterable[Block]
) -> View:
    due = write_due(task.due, reader.now.tzinfo)
    opened = replace(opened, number=task.number, version=task.version, due=due)
    blocks = [*above, *_fields(filled, opened, reader)]
    return _form(f"Edit #{task.number}", "Save", ids.EDIT_FORM, opened, blocks)


def _shown(task: Task) -> Wanted:
    return Wanted(
        title=task.title,
        notes=task.notes,
        assignee_id=task.assignee_id,
        due=task.due,
        priority=task.priority,
    )


def _form(title: str, submit: str, callback_id: str, opened: Opened, blocks: list[Block]) -> View:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": opened.write(),
        "blocks": blocks,
    }


def _fields(filled: Wanted, opened: Opened, reader: Reader) -> list[Block]:
    day, at = _day_and_time(filled.due, opened, reader)
    zone = f"In your time zone: {reader.now.tzinfo}."
    fields = [
        (Field.TITLE, "Title", _text(filled.title, TITLE_MAX), ""),
        (Field.NOTES, "Notes", _text(filled.notes, NOTES_MAX) | {"multiline": True}, ""),
        (Field.ASSIGNEE, "Assignee", _picker("users_select", "user", filled.assignee_id), ""),
        (Field.DUE_DAY, "Due date", _picker("datepicker", "date", day), ""),
        (Field.DUE_TIME, "Due time", _picker("timepicker", "time", at), zone),
        (Field.PRIORITY, "Priority", _priority(filled.priority), ""),
    ]
    needed = {Field.TITLE, Field.PRIORITY}
    return [
        _input(field, label, element, opened.version, hint, is_optional=field not in needed)
        for field, label, element, hint in fields
    ]


def _day_and_time(due: Due | None, opened: Opened, reader: Reader) -> tuple[str | None, str | None]:
    """A due date as it stands in its two fields."""
    _, day, at = replace(opened, due=write_due(due, reader.now.tzinfo)).shown_due()
    return _iso(day), at.isoformat("minutes") if at else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _input(
    field: Field, label: str, element: Element, version: int, hint: str, *, is_optional: bool
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field_id(field, version),
        "label": plain(label),
        "element": {"action_id": field.value, **element},
        "optional": is_optional,
    }
    return block | ({"hint": plain(hint)} if hint else {})


def _text(value: str, limit: int) -> Element:
    element: Element = {"type": "plain_text_input", "max_length": limit}
    # Raw, as it was typed: here nothing of it comes alive, and it comes back as it stands.
    return element | ({"initial_value": value} if value else {})


def _picker(kind: str, what: str, value: str | None) -> Element:
    return {"type": kind} | ({f"initial_{what}": value} if value else {})


def _priority(priority: Priority) -> Element:
    options = {one: {"text": plain(text), "value": one} for one, text in _PRIORITIES.items()}
    return {
        "type": "static_select",
        "options": list(options.values()),
        "initial_option": options[priority],
    }


def _card_field() -> Block:
    option = {"text": plain("Show a card in the channel"), "value": CARD_SHOWN}
    element = {"type": "checkboxes", "options": [option], "initial_options": [option]}
    return _input(Field.CARD, "Card", element, 0, "", is_optional=True)


def _channel_field() -> Block:
    shown = {"include": ["public", "private"], "exclude_bot_users": True}
    element = {"type": "conversations_select", "filter": shown}
    hint = "Without one, only you and the assignee see the task."
    return _input(Field.CHANNEL, "Channel", element, 0, hint, is_optional=True)


def _theirs(name: str, error: Crossed, reader: Reader) -> list[Block]:
    """Who changed a field meanwhile and to what, which stands beside what is in the field now."""
    last = next(event for event in error.since if name in event.changes)
    who, task = reader.name(last.actor_id), error.task
    keep = "Yours stands in the field; save to replace it, or "
    if name == "notes" and task.notes:
        said = words(f"{who} changed the notes meanwhile. {keep}copy theirs:")
        return [rich([said]), preformatted(shortened(task.notes, THEIRS_SHOWN))]
    if name == "title":
        theirs = [words(f"{who} changed the title meanwhile to “"), *typed(task.title)]
        return [rich([*theirs, words(f"”. {keep}type theirs.")])]
    return [rich([words(f"{who} {_did(name, task, reader)} meanwhile. {keep}choose theirs.")])]


def _did(name: str, task: Task, reader: Reader) -> str:
    match name:
        case "assignee_id":
            return f"gave the task to {reader.name(task.assignee_id)}"
        case "due" if task.due:
            return f"set the due date to {due_on_record(task.due, reader.now)}"
        case "due":
            return "took the due date away"
        case "notes":
            return "emptied the notes"
        case _:
            return f"set the priority to {task.priority}"


def said(message: Message, opened: Opened) -> View:
    """An answer in words, in the place of a form; its buttons are clicked where that was opened."""
    return {
        "type": "modal",
        "title": plain(TITLE),
        "close": plain("Close"),
        "private_metadata": opened.write(),
        "blocks": list(message.blocks),
    }


def outcome(body: dict[str, Any], form: Mapping[str, Any]) -> View:
    """What came of a form whose sender had to be told meanwhile that it is still being saved."""
    match body:
        case {"view": view}:
            return dict(view)
        case {"errors": errors}:
            return again(form, answer([words("Not saved: " + " ".join(errors.values()))]))
        case _:
            return said(answer([words("Saved.")]), Opened())


def field_ids(form: Mapping[str, Any]) -> list[str]:
    """The block_ids of the fields of a form that was sent off, as they stand in it."""
    blocks = form.get("blocks")
    inputs = [one for one in blocks if _is_field(one)] if isinstance(blocks, list) else []
    return [str(one["block_id"]) for one in inputs]


def _is_field(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "input" and "block_id" in block


def again(form: Mapping[str, Any], note: Message) -> View:
    """A form that was sent off, filled in as it was, with a note above."""
    kept = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    states = form["state"]["values"]
    fields = [_refilled(block, states.get(block["block_id"], {})) for block in form["blocks"]]
    blocks = [*note.blocks, *fields]
    return {name: form[name] for name in kept if form.get(name)} | {"blocks": blocks}


_FILLED = {
    "value": "initial_value",
    "selected_user": "initial_user",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_conversation": "initial_conversation",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
}
"""What Slack calls what stands in a field, and what it takes to put it there."""


def _refilled(block: Block, state: Mapping[str, Any]) -> Block:
    if block["type"] != "input":
        return block
    element = {name: it for name, it in block["element"].items() if name[:8] != "initial_"}
    filled = state.get(element["action_id"], {})
    values = {_FILLED[name]: it for name, it in filled.items() if name in _FILLED and it}
    return block | {"element": element | values}
