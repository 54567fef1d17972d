"""What people filled into a form about a task: fields to a new task, or to what they want of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from bot.drawing.ids import Field, UnknownForm, field_id
from bot.reading.days import ISO
from bot.reading.due import due_on
from bot.reading.errors import (
    FieldsRefused,
    NoTitle,
    PastDue,
    ReadingError,
    TimeWithoutDay,
    TooLong,
)
from bot.reading.normal import is_blank, without_controls
from bot.reading.opened import Opened, read_opened
from store import NOTES_MAX, TITLE_MAX, Due, NewTask, Priority, Wanted

View = Mapping[str, Any]

CARD_SHOWN = "show"

_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}", re.ASCII)
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,20}", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What somebody wants of a task, seen as it was at that version."""

    number: int
    version: int
    wanted: Wanted


def read_new_form(view: View, now: datetime) -> NewTask:
    """Read a form for a new task, on the clock of who sent it.

    Raises:
        FieldsRefused, UnknownForm
    """
    form = _Form(view, now)
    form.check_channel()
    wanted = form.wanted()
    return NewTask(
        title=wanted.title,
        notes=wanted.notes,
        assignee_id=wanted.assignee_id,
        due=wanted.due,
        priority=wanted.priority,
        quiet=form.is_quiet(),
        thread_ts=form.opened.thread_ts or None,
        permalink=form.opened.permalink or None,
    )


def read_edit_form(view: View, now: datetime) -> Edit:
    """Read a form about a task, on the clock of who sent it.

    Raises:
        FieldsRefused, UnknownForm
    """
    form = _Form(view, now)
    if not (form.opened.number and form.opened.version):
        raise UnknownForm
    return Edit(number=form.opened.number, version=form.opened.version, wanted=form.wanted())


def read_chosen_channel(view: View) -> str:
    """The channel that was chosen in a form; empty where none was, or none can be."""
    match view:
        case {"state": {"values": {**values}}}:
            state = values.get(field_id(Field.CHANNEL, 0))
        case _:
            return ""
    match state:
        case {Field.CHANNEL.value: {"selected_conversation": str(chosen)}}:
            return chosen if _CHANNEL.fullmatch(chosen) else ""
        case _:
            return ""


def state_in(view: View, name: str) -> Mapping[str, Any]:
    """What Slack says of a field whose block_id and action_id are one name.

    Raises:
        UnknownForm: there is no such field.
    """
    found: Any = view
    for part in ("state", "values", name, name):
        found = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise UnknownForm
    return found


def value_of(option: Any) -> str:
    """What stands behind the text of an option.

    Raises:
        UnknownForm: nothing does.
    """
    value = option.get("value") if isinstance(option, Mapping) else None
    if not isinstance(value, str):
        raise UnknownForm
    return value


def texts_in(view: View) -> list[str]:
    """Everything that was typed into a form, of whatever kind."""
    match view:
        case {"state": {"values": {**blocks}}}:
            states = [state for block in blocks.values() for state in _states(block)]
        case _:
            return []
    return [text for text in states if text and not is_blank(text)]


def _states(block: Any) -> list[str]:
    elements = block.values() if isinstance(block, dict) else ()
    values = (one.get("value") for one in elements if isinstance(one, dict))
    return [value for value in values if isinstance(value, str)]


@dataclass(slots=True)
class _Form:
    """A form that was sent off; what is wrong in it is gathered, so that all is told at once."""

    view: View
    now: datetime
    opened: Opened = field(init=False)
    refused: dict[str, ReadingError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened = read_opened(str(self.view.get("private_metadata")))
        if opened is None:
            raise UnknownForm
        self.opened = opened

    def wanted(self) -> Wanted:
        wanted = Wanted(
            title=self._title(),
            notes=self._notes(),
            assignee_id=self._choice(Field.ASSIGNEE, "selected_user", _PERSON),
            due=self._due(),
            priority=self._priority(),
        )
        if self.refused:
            raise FieldsRefused(self.refused)
        return wanted

    def check_channel(self) -> None:
        """Refuse a choice that is no channel: it must not count as none."""
        if self._state(Field.CHANNEL) is not None:
            self._choice(Field.CHANNEL, "selected_conversation", _CHANNEL)

    def is_quiet(self) -> bool:
        """Whether a card could have been asked for, and was not."""
        match self._state(Field.CARD):
            case None | {"selected_options": [{"value": "show"}]}:
                return False
            case {"selected_options": []}:
                return True
            case _:
                raise UnknownForm

    def _title(self) -> str:
        title = " ".join(self._text(Field.TITLE).split("\n"))
        if is_blank(title):
            self._refuse(Field.TITLE, NoTitle())
        if len(title) > TITLE_MAX:
            self._refuse(Field.TITLE, TooLong("title", len(title), TITLE_MAX))
        return title

    def _notes(self) -> str:
        notes = self._text(Field.NOTES)
        if len(notes) > NOTES_MAX:
            self._refuse(Field.NOTES, TooLong("notes", len(notes), NOTES_MAX))
        return "" if is_blank(notes) else notes

    def _priority(self) -> Priority:
        match self._state(Field.PRIORITY):
            case {"selected_option": {"value": str(value)}} if value in set(Priority):
                return Priority(value)
            case _:
                raise UnknownForm

    def _due(self) -> Due | None:
        day = _read(date.fromisoformat, self._choice(Field.DUE_DAY, "selected_date", ISO))
        at = _read(time.fromisoformat, self._choice(Field.DUE_TIME, "selected_time", _TIME))
        due, shown_day, shown_time = self.opened.shown_due()
        if (day, at) == (shown_day, shown_time):
            # Left as it was, though it be past, and to the second pass of a doubled hour.
            return due
        if day is None:
            if at:
                self._refuse(Field.DUE_DAY, TimeWithoutDay(at.isoformat("minutes")))
            return None
        try:
            return due_on(day, at, self.now)
        except PastDue as error:
            self._refuse(Field.DUE_TIME if day == self.now.date() else Field.DUE_DAY, error)
            return None

    def _text(self, field: Field) -> str:
        match self._state(field):
            case {"value": None}:
                return ""
            case {"value": str(text)}:
                # Of what is typed into a form nothing is escaped, unlike in a command.
                return without_controls(text).strip()
            case _:
                raise UnknownForm

    def _choice(self, field: Field, key: str, shape: re.Pattern[str]) -> str | None:
        state = self._state(field)
        match state.get(key) if state and key in state else "":
            case None:
                return None
            case str(chosen) if shape.fullmatch(chosen):
                return chosen
            case _:
                raise UnknownForm

    def _state(self, field: Field) -> Mapping[str, Any] | None:
        """What Slack says of a field; None of one that was not drawn."""
        block = field_id(field, self.opened.version)
        match self.view:
            case {"state": {"values": {**blocks}}}:
                found = blocks.get(block)
            case _:
                raise UnknownForm
        match found:
            case {field.value: dict(state)}:
                return state
            case _:
                return None

    def _refuse(self, field: Field, error: ReadingError) -> None:
        self.refused[field_id(field, self.opened.version)] = error


def _read(read: Any, text: str | None) -> Any:
    try:
        return read(text) if text else None
    except ValueError as error:
        raise UnknownForm from error
