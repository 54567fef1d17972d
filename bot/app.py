"""The map: everything that people and Slack can ask for, and the listener that does it."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from inspect import signature
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.drawing import ids
from bot.errors import Errors
from bot.identity import Identity, authorize
from bot.listeners import actions, commands, events, shortcuts, views
from bot.reading.verbs import BARE, Typed
from bot.talk import Talk

Listener = Callable[..., Awaitable[Any]]

COMMANDS: Mapping[str, Listener] = {
    BARE: commands.mine,
    "add": commands.add,
    "list": commands.list_,
    "show": commands.show,
    "done": commands.done,
    "start": commands.start,
    "reopen": commands.reopen,
    "assign": commands.assign,
    "due": commands.due,
    "priority": commands.priority,
    "edit": commands.edit,
    "note": commands.note,
    "delete": commands.delete,
    "restore": commands.restore,
    "history": commands.history,
    "undo": commands.undo,
    "settings": commands.settings,
    "stats": commands.stats,
    "feedback": commands.feedback,
    "help": commands.help_,
}

ACTIONS: Mapping[str, Listener] = {
    ids.DONE: actions.complete,
    ids.START: actions.start,
    ids.REOPEN: actions.reopen,
    ids.MENU: actions.menu,
    ids.DELETE: actions.delete,
    ids.KEEP: actions.keep,
    ids.RESTORE: actions.restore,
    ids.UNDO: actions.undo,
    ids.ADD_TEXT: actions.add_text,
    ids.PREVIOUS: actions.turn_page,
    ids.MORE: actions.turn_page,
    ids.HOME_PREVIOUS: actions.turn_home,
    ids.HOME_MORE: actions.turn_home,
    ids.POST_LIST: actions.post_list,
    ids.POST_TASK: actions.post_task,
    ids.POST_STATS: actions.post_stats,
    ids.EDIT: actions.edit,
    ids.NEW: actions.new_task,
    ids.SETTINGS: actions.settings,
    ids.FEEDBACK: actions.feedback,
}

VIEWS: Mapping[str, Listener] = {
    ids.NEW_FORM: views.add,
    ids.EDIT_FORM: views.edit,
    ids.SETTINGS_FORM: views.settings,
    ids.FEEDBACK_FORM: views.feedback,
}

SHORTCUTS: Mapping[str, Listener] = {
    ids.MAKE_TASK: shortcuts.make_task,
    ids.NEW_TASK: shortcuts.new_task,
}

EVENTS: Mapping[str, Listener] = {
    "app_home_opened": events.home_opened,
    "team_join": events.person_changed,
    "user_change": events.person_changed,
    "member_joined_channel": events.member_joined,
    "member_left_channel": events.member_left,
    # Of its own leaving the bot hears by these two, where it hears of it at all:
    # https://docs.slack.dev/reference/events/channel_left, …/group_left
    "channel_left": events.member_left,
    "group_left": events.member_left,
}

ANY_COMMAND = re.compile("^/")


def build_app(identity: Identity, errors: Errors) -> AsyncApp:
    """Bolt with our listeners; the signature was checked before it (see `doorway`).

    `process_before_response`: the answer leaves when the listener is through, so that what was
    answered is saved.
    """
    app = AsyncApp(
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        raise_error_for_unhandled_request=True,
        client=AsyncWebClient(),
        # Without a logger of its own Bolt takes the root's level, and prints bodies.
        logger=logging.getLogger("slack_bolt"),
        authorize=authorize,
    )
    app.middleware(identity.identify)
    app.command(ANY_COMMAND)(_command)
    for action_id, listener in ACTIONS.items():
        app.action(action_id)(listener)
    for callback_id, listener in VIEWS.items():
        app.view(callback_id)(listener)
    for callback_id, listener in SHORTCUTS.items():
        app.shortcut(callback_id)(listener)
    for event, listener in EVENTS.items():
        app.event(event)(listener)

    @app.error
    async def answer(error: Exception, talk: Talk) -> BoltResponse:
        return await errors.answer(error, talk)

    return app


async def _command(typed: Typed, context: AsyncBoltContext) -> None:
    """Hand a command to the listener of its verb, with what that asks for by name.

    A listener for each verb would have Bolt ask as many matchers for the last of them, and put
    together for each all that it could ask for: up to 8 % of what a request took.
    """
    listener = COMMANDS[typed.verb]
    await listener(**{name: context[name] for name in _asked_for(listener)})


@cache
def _asked_for(listener: Listener) -> tuple[str, ...]:
    return tuple(signature(listener).parameters)
