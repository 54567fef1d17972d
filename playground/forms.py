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
    """Return the state of a form after somebody filled fields in, by block_id or action_id."""
    state = state_of(view.blocks)
    for name, value in values.items():
        block, element = _field(view, name)
        wanted = value.get(element["action_id"], value) if isinstance(value, dict) else value
        chosen = {"type": element["type"]} | chosen_in(element, wanted)
        state[block["block_id"]][element["action_id"]] = chosen
    return state


def _field(view: View, name: str) -> tuple[JSON, JSON]:
    fields = list(fields_of(view.blocks))
    for block, element in fields:
        if name in (block["block_id"], element["action_id"]):
            return block, element
    there = [f"{block['block_id']}/{element['action_id']}" for block, element in fields]
    raise LookupError(f"the form has no field {name!r}; it has {there}")


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


def insist(view: View, state: JSON) -> None:
    """Refuse what Slack's own client does not let people submit."""
    for block, element in fields_of(view.blocks):
        if block["type"] != "input":
            continue
        chosen = state[block["block_id"]][element["action_id"]]
        value = next(value for key, value in chosen.items() if key != "type")
        if not value and not block.get("optional", False):
            raise ValueError(f"the form cannot be submitted: {block['block_id']} is required")
        if isinstance(value, str):
            _insist_on_length(element, value)


def _insist_on_length(element: JSON, value: str) -> None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if value and not least <= len(value) <= most:
        raise ValueError(
            f"the form cannot be submitted: {element['action_id']} takes {least} to {most}"
            f" characters, not {len(value)}"
        )
