"""Finds the button, menu option or picker that a person means."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.forms import CHOICE, chosen_in, elements_of, option_of, options_of
from playground.messages import JSON, Shown, View


@dataclass(frozen=True, kw_only=True)
class Control:
    """Something to press, with what was chosen in it."""

    block_id: str
    element: JSON
    choice: Any = None

    @property
    def label(self) -> str:
        """The words on a button or option."""
        words = (self.choice or {}).get("text") if self.is_overflow else self.element.get("text")
        return str((words or {}).get("text", ""))

    @property
    def value(self) -> Any:
        """The value of a button or option."""
        return (self.choice or {}).get("value") if self.is_overflow else self.element.get("value")

    @property
    def is_overflow(self) -> bool:
        """Whether it is one line of a menu behind three dots."""
        return bool(self.element["type"] == "overflow")

    @property
    def is_button(self) -> bool:
        """Whether it is a button."""
        return bool(self.element["type"] == "button")

    def action(self, action_ts: str) -> JSON:
        """Return the entry of `actions` in the payload."""
        element = self.element
        acted: JSON = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": self.block_id,
            "action_ts": action_ts,
        }
        if self.is_button:
            return acted | {key: element[key] for key in _OF_BUTTON if key in element}
        if self.is_overflow:
            return acted | {"selected_option": self.choice}
        return acted | chosen_in(element, self.choice)


_OF_BUTTON = ("text", "value", "style")


def controls(surface: "Shown | View") -> Iterator[Control]:
    """Yield everything that can be pressed, each line of a menu by itself."""
    for block in surface.blocks:
        for element in elements_of(block):
            if element["type"] == "overflow":
                for option in options_of(element):
                    yield Control(block_id=block["block_id"], element=element, choice=option)
            else:
                yield Control(block_id=block["block_id"], element=element)


def find(
    surface: "Shown | View", *, action_id: str | None, value: Any, text: str | None
) -> Control:
    """Return the one that is meant, or say what is there instead."""
    there = list(controls(surface))
    for control in there:
        if action_id in (None, control.element["action_id"]) and _meant(control, value, text):
            return _with_choice(control, value)
    wanted = {"action_id": action_id, "value": value, "text": text}
    asked = ", ".join(f"{key}={it!r}" for key, it in wanted.items() if it is not None)
    raise LookupError(f"nothing to press with {asked}; there is: {_named(there) or 'nothing'}")


def standing_at(
    surface: "Shown | View", *, block_id: str, action_id: str, choice: Any = None
) -> Control:
    """Return the one in this place, with what was chosen in it, if it still stands there."""
    for control in controls(surface):
        there = (control.block_id, control.element["action_id"]) == (block_id, action_id)
        if there and not (control.is_overflow and control.value != choice):
            return _with_choice(control, choice)
    raise LookupError("What you pressed is not there any more.")


def _meant(control: Control, value: Any, text: str | None) -> bool:
    if control.is_button or control.is_overflow:
        return value in (None, control.value) and text in (None, control.label)
    return text is None and control.element["type"] in CHOICE


def _with_choice(control: Control, value: Any) -> Control:
    if control.is_button or control.is_overflow:
        return control
    choice = value
    if CHOICE[control.element["type"]][0] == "selected_option" and value is not None:
        choice = option_of(control.element, value)["value"]
    return Control(block_id=control.block_id, element=control.element, choice=choice)


def _named(there: list[Control]) -> str:
    return "; ".join(
        f"{control.element['action_id']} [{control.label}] value={control.value!r}"
        for control in there
    )
