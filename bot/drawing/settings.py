"""The form in which each person says what is written to them, and when."""

from bot.drawing import ids
from bot.drawing.blocks import Block, Element, plain
from bot.drawing.forms import View
from bot.drawing.ids import Setting
from bot.drawing.reader import Reader
from store import Settings

DMS = {
    "assigned": "Somebody gives me a task, or takes one from me",
    "finished": "A task that I gave is done or deleted",
    "due": "My tasks fall due",
}
DIGEST = {"digest": "Send me my open tasks"}
WEEKDAYS = {
    "1": "Monday",
    "2": "Tuesday",
    "3": "Wednesday",
    "4": "Thursday",
    "5": "Friday",
    "6": "Saturday",
    "7": "Sunday",
}
HOURS = {str(hour): f"{hour:02}:00" for hour in range(24)}


def settings(kept: Settings, reader: Reader) -> View:
    """The form as it was last saved."""
    dms = {name for name in DMS if getattr(kept, name)}
    digest = set(DIGEST) if kept.digest else set()
    weekdays = {str(day) for day in kept.weekdays}
    clock = f"On your clock ({reader.now.tzinfo}). What is due on a day is told at this hour, too."
    return {
        "type": "modal",
        "callback_id": ids.SETTINGS_FORM,
        "title": plain("Settings"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            _input(Setting.DMS, "Write to me when", _checkboxes(DMS, dms)),
            _input(Setting.DIGEST, "Daily digest", _checkboxes(DIGEST, digest)),
            _input(Setting.WEEKDAYS, "Digest days", _checkboxes(WEEKDAYS, weekdays)),
            _input(Setting.HOUR, "Hour", _hours(kept.hour), clock),
        ],
    }


def _input(setting: Setting, label: str, element: Element, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": setting,
        "label": plain(label),
        "element": element | {"action_id": setting},
        "optional": element["type"] == "checkboxes",
    }
    return block | ({"hint": plain(hint)} if hint else {})


def _checkboxes(options: dict[str, str], chosen: set[str]) -> Element:
    element: Element = {"type": "checkboxes", "options": [_option(*one) for one in options.items()]}
    initial = [_option(value, text) for value, text in options.items() if value in chosen]
    # Slack refuses a list of nothing.
    return element | ({"initial_options": initial} if initial else {})


def _hours(hour: int) -> Element:
    return {
        "type": "static_select",
        "options": [_option(*one) for one in HOURS.items()],
        "initial_option": _option(str(hour), HOURS[str(hour)]),
    }


def _option(value: str, text: str) -> Element:
    return {"text": plain(text), "value": value}
