"""The `chat.*` methods: posting, editing and deleting, with Slack's refusals."""

from typing import Any

from playground.answers import rewrite
from playground.blocks import BLOCKS_MOST, TEXT_MOST, check_blocks, check_text, length
from playground.calls import Call, Refused
from playground.messages import JSON, Message
from playground.workspace import Channel

# "Characters" in docs.slack.dev/reference/methods/chat.update; they turned out to be bytes.
UPDATED_TEXT_MOST = 4_000


def post_message(call: Call) -> JSON:
    """`chat.postMessage`, see docs.slack.dev/reference/methods/chat.postMessage."""
    channel = _place_to_post(call)
    text, blocks = _content(call)
    twin = _twin(call, channel)
    message = twin or channel.post(_new_message(call, channel, text, blocks))
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": message.payload()}


def _place_to_post(call: Call) -> Channel:
    """Return the channel: a person's id stands for the conversation with the bot."""
    person = call.workspace.people.get(str(call.args.get("channel") or ""))
    if person is not None and person.role in ("deactivated", "bot"):
        raise Refused("channel_not_found")
    channel = call.workspace.dm(person) if person else call.channel()
    if channel.archived:
        raise Refused("is_archived")
    return channel


def _content(call: Call) -> tuple[str, list[JSON]]:
    """Return text and blocks, or refuse what Slack refuses."""
    text, blocks = call.args.get("text") or "", call.args.get("blocks")
    if not text and not blocks:
        raise Refused("no_text")
    if len(str(text)) > TEXT_MOST:
        raise Refused("msg_too_long")
    if blocks is not None and not _is_list_of_objects(blocks):
        raise Refused("invalid_blocks_format")
    if complaints := check_blocks(blocks):
        raise Refused("invalid_blocks", complaints)
    if length(blocks or []) > BLOCKS_MOST:
        raise Refused("msg_blocks_too_long")
    for complaint in check_text(call.args):
        call.state.violation(f"message: {complaint}")
    return str(text), call.workspace.settled(blocks)


def _is_list_of_objects(blocks: Any) -> bool:
    return isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks)


def _twin(call: Call, channel: Channel) -> Message | None:
    """Return the message already posted with this client_msg_id, when those are compared."""
    wanted = call.args.get("client_msg_id")
    if not wanted or not call.state.dedupes_client_msg_id:
        return None
    return next((it for it in channel.messages if it.client_msg_id == wanted), None)


def _new_message(call: Call, channel: Channel, text: str, blocks: list[JSON]) -> Message:
    return call.workspace.bot_message(
        channel.id,
        text,
        blocks=blocks,
        thread_ts=call.args.get("thread_ts"),
        client_msg_id=call.args.get("client_msg_id"),
    )


def update(call: Call) -> JSON:
    """`chat.update`: text without blocks takes the blocks away.

    Archived channels have a word of their own here, see
    docs.slack.dev/reference/methods/chat.update.
    """
    channel = call.channel()
    message = _own_message(call, channel, "cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    text, _ = _content(call)
    if len(text.encode()) > UPDATED_TEXT_MOST:
        raise Refused("msg_too_long")
    rewrite(call.state, call.workspace.id, message, call.args)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": text,
        "message": message.payload(),
    }


def delete(call: Call) -> JSON:
    """`chat.delete`."""
    channel = call.channel()
    message = _own_message(call, channel, "cant_delete_message")
    channel.delete(message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def _own_message(call: Call, channel: Channel, otherwise: str) -> Message:
    message = channel.find(call.text("ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != call.workspace.bot_id:
        raise Refused(otherwise)
    return message


def post_ephemeral(call: Call) -> JSON:
    """`chat.postEphemeral`: only to people who are there, and only where the bot is."""
    channel, user_id = call.channel(), call.text("user")
    if channel.archived:
        raise Refused("is_archived")
    if not channel.bot_in:
        raise Refused("not_in_channel")
    if user_id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = _content(call)
    thread_ts = call.args.get("thread_ts")
    shown = call.workspace.ephemeral(channel.id, user_id, text, blocks=blocks, thread_ts=thread_ts)
    return {"ok": True, "message_ts": channel.post(shown).ts}


def permalink(call: Call) -> JSON:
    """`chat.getPermalink`."""
    channel = call.channel()
    message = channel.find(call.text("message_ts"))
    if message is None:
        raise Refused("message_not_found")
    return {"ok": True, "channel": channel.id, "permalink": message.permalink}
