"""What stands in the fields of a form or message, and what Slack itself insists on there."""

from collections.abc import Iterator
from typing import Any

from playground.messages import JSON, View

# The field of the state that holds the choice, and the one of the element it starts from.
CHOICE = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def elements_of(block: JSON) -> list[JSON]:
    """Return the elements of a block that people can use."""
    parts = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [part for part in parts if part and "action_id" in part]


def fields_of(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Yield each block with each of its elements that holds a state."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in CHOICE and element["type"] != "overflow":
                yield block, element


def state_of(blocks: list[JSON]) -> JSON:
    """Return the state that Slack sends when nobody has touched anything."""
    values: JSON = {}
    for block, element in fields_of(blocks):
        key, initial = CHOICE[element["type"]]
        empty: Any = [] if key.endswith("s") else None
        state = {"type": element["type"], key: element.get(initial, empty)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def filled(view: View, values: dict[str, Any]) -> JSON:
    """Return the state of a form after somebody filled fields in.

    `values` has a value for a block_id or action_id, or for a block_id several by action_id.
    """
    state = state_of(view.blocks)
    for name, value in values.items():
        several = value if isinstance(value, dict) else {name: value}
        for part, wanted in several.items():
            block, element = _field(view, (name, part))
            chosen = {"type": element["type"]} | chosen_in(element, wanted)
            state[block["block_id"]][element["action_id"]] = chosen
    return state


def _field(view: View, names: tuple[str, str]) -> tuple[JSON, JSON]:
    """Return the field with these two ids, or with one that stands in both places."""
    fields = list(fields_of(view.blocks))
    for block, element in fields:
        ids = (block["block_id"], element["action_id"])
        if names == ids or (names[0] == names[1] and names[0] in ids):
            return block, element
    there = [f"{block['block_id']}/{element['action_id']}" for block, element in fields]
    raise LookupError(f"the form has no field {names[-1]!r}; it has {there}")


def value_in(state: JSON) -> Any:
    """Return the bare value in a field's state as Slack writes it."""
    chosen = next((value for key, value in state.items() if key != "type"), None)
    if isinstance(chosen, list):
        return [each["value"] if isinstance(each, dict) else each for each in chosen]
    return chosen["value"] if isinstance(chosen, dict) else chosen


def chosen_in(element: JSON, wanted: Any) -> JSON:
    """Return the part of the state, or of an action, that says what was chosen."""
    key, _ = CHOICE[element["type"]]
    if key == "selected_option":
        return {key: None if wanted is None else option_of(element, wanted)}
    if key == "selected_options":
        return {key: [option_of(element, each) for each in wanted or []]}
    return {key: wanted}


def option_of(element: JSON, wanted: str) -> JSON:
    """Return the option with this value or text."""
    options = list(options_of(element))
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return option
    there = [option["value"] for option in options]
    raise LookupError(f"{element['action_id']} has no option {wanted!r}; it has {there}")


def options_of(element: JSON) -> Iterator[JSON]:
    """Yield all options of a menu, in groups or not."""
    yield from element.get("options", [])
    for group in element.get("option_groups", []):
        yield from group["options"]


class Incomplete(ValueError):
    """A form that Slack's own client does not let people submit: what is wrong, by block."""

    def __init__(self, errors: dict[str, str]) -> None:
        why = "; ".join(f"{block_id} {what}" for block_id, what in errors.items())
        super().__init__(f"the form cannot be submitted: {why}")
        self.errors = errors


def insist(view: View, state: JSON) -> None:
    """Refuse what Slack's own client does not let people submit."""
    errors: dict[str, str] = {}
    for block, element in fields_of(view.blocks):
        if block["type"] == "input":
            value = value_in(state[block["block_id"]][element["action_id"]])
            complaint = _complaint(element, value, optional=block.get("optional", False))
            errors |= {block["block_id"]: complaint} if complaint else {}
    if errors:
        raise Incomplete(errors)


def _complaint(element: JSON, value: Any, *, optional: bool) -> str | None:
    if value in (None, "", []):
        return None if optional else "is required"
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if isinstance(value, str) and not least <= len(value) <= most:
        return f"takes {least} to {most} characters, not {len(value)}"
    return None
