"""The shapes of Block Kit's smaller parts: texts, options, confirm dialogs and elements."""

from playground.schema import (
    Check,
    anything,
    array,
    boolean,
    by_type,
    exactly_one,
    integer,
    one_of,
    shape,
    string,
    together,
)

ACTION_ID = string(255)
STYLE = one_of("primary", "danger")


def plain(most: int) -> Check:
    """Accept a plain text of so many characters."""
    return by_type({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def text(most: int) -> Check:
    """Accept a plain or mrkdwn text of so many characters."""
    mrkdwn = shape({"text": string(most)}, {"verbatim": boolean})
    return by_type(
        {"plain_text": shape({"text": string(most)}, {"emoji": boolean}), "mrkdwn": mrkdwn}
    )


# docs.slack.dev/reference/block-kit/composition-objects
CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": STYLE},
)
DISPATCH = shape(
    {}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), least=1)}
)
FILTER = shape(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), least=1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def option(label: Check) -> Check:
    """Accept one option with such a label."""
    return shape(
        {"text": label, "value": string(150)}, {"description": plain(75), "url": string(3000)}
    )


OPTION = option(plain(75))
RICH_OPTION = option(text(75))
OPTION_GROUP = shape({"label": plain(75), "options": array(OPTION, least=1, most=100)}, {})

_COMMON = {"action_id": ACTION_ID, "confirm": CONFIRM}
_FOCUS = {**_COMMON, "focus_on_load": boolean}
_PLACEHOLDER = {**_FOCUS, "placeholder": plain(150)}
_MANY = {**_PLACEHOLDER, "max_selected_items": integer}
_OPTIONS = {
    "options": array(OPTION, least=1, most=100),
    "option_groups": array(OPTION_GROUP, least=1, most=100),
}
_ENTRY = {
    "action_id": ACTION_ID,
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}
_CONVERSATIONS = {
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
    "filter": FILTER,
}

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ACTION_ID,
        "url": string(3000),
        "value": string(2000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
OVERFLOW = shape({"options": array(OPTION, least=1, most=5)}, _COMMON)
IMAGE = together(
    shape(
        {"alt_text": string(2000)},
        {"image_url": string(3000), "slack_file": anything},
    ),
    exactly_one(["image_url", "slack_file"]),
)

_PICKERS: dict[str, Check] = {
    "datepicker": shape({}, {**_PLACEHOLDER, "initial_date": string(10, least=10)}),
    "timepicker": shape({}, {**_PLACEHOLDER, "initial_time": string(5), "timezone": string(100)}),
    "datetimepicker": shape({}, {**_FOCUS, "initial_date_time": integer}),
}
_SELECTS: dict[str, Check] = {
    "static_select": together(
        shape({}, {**_PLACEHOLDER, **_OPTIONS, "initial_option": OPTION}),
        exactly_one(["options", "option_groups"]),
    ),
    "multi_static_select": together(
        shape({}, {**_MANY, **_OPTIONS, "initial_options": array(OPTION, least=1)}),
        exactly_one(["options", "option_groups"]),
    ),
    "users_select": shape({}, {**_PLACEHOLDER, "initial_user": string(50)}),
    "multi_users_select": shape({}, {**_MANY, "initial_users": array(string(50))}),
    "channels_select": shape(
        {},
        {**_PLACEHOLDER, "initial_channel": string(50), "response_url_enabled": boolean},
    ),
    "multi_channels_select": shape({}, {**_MANY, "initial_channels": array(string(50))}),
    "conversations_select": shape(
        {}, {**_PLACEHOLDER, **_CONVERSATIONS, "initial_conversation": string(50)}
    ),
    "multi_conversations_select": shape(
        {}, {**_MANY, **_CONVERSATIONS, "initial_conversations": array(string(50))}
    ),
}
_CHOICES: dict[str, Check] = {
    "checkboxes": shape(
        {"options": array(RICH_OPTION, least=1, most=10)},
        {**_FOCUS, "initial_options": array(RICH_OPTION, least=1)},
    ),
    "radio_buttons": shape(
        {"options": array(RICH_OPTION, least=1, most=10)},
        {**_FOCUS, "initial_option": RICH_OPTION},
    ),
}
_INPUTS: dict[str, Check] = {
    "plain_text_input": shape(
        {},
        {
            **_ENTRY,
            "initial_value": string(3000, least=0),
            "multiline": boolean,
            "min_length": integer,
            "max_length": integer,
        },
    ),
    "email_text_input": shape({}, {**_ENTRY, "initial_value": string()}),
    "url_text_input": shape({}, {**_ENTRY, "initial_value": string()}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_ENTRY, "initial_value": string(), "min_value": string(), "max_value": string()},
    ),
}

_CLICKABLE: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW}

IN_ACTIONS = by_type({**_CLICKABLE, **_PICKERS, **_SELECTS, **_CHOICES})
IN_SECTION = by_type({**_CLICKABLE, **_PICKERS, **_SELECTS, **_CHOICES, "image": IMAGE})
IN_INPUT = by_type({**_INPUTS, **_PICKERS, **_SELECTS, **_CHOICES})
IN_CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": shape({"text": string(2000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(2000)}, {"verbatim": boolean}),
    }
)
