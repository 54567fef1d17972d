"""The methods that ask: who the bot is, who people are, what channels there are."""

from playground.calls import Call, Refused
from playground.messages import JSON
from playground.shapes import channel_shape, user_shape
from playground.workspace import Channel

_TYPES = {"public": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}
_GROUP = 2


def auth_test(call: Call) -> JSON:
    """`auth.test`."""
    ws = call.workspace
    return {
        "ok": True,
        "url": f"https://{ws.domain}.slack.com/",
        "team": ws.name,
        "user": ws.people[ws.bot_user_id].name,
        "team_id": ws.id,
        "user_id": ws.bot_user_id,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


def users_info(call: Call) -> JSON:
    """`users.info`."""
    return {"ok": True, "user": user_shape(call.person(), call.state.clock())}


def users_list(call: Call) -> JSON:
    """`users.list`, in pages; it has no word of its own for a bad limit."""
    people, cursor = call.page(list(call.workspace.people.values()), "invalid_arguments")
    now = call.state.clock()
    members = [user_shape(person, now) for person in people]
    return {"ok": True, "members": members, "cache_ts": int(now)} | _next(cursor)


def conversations_info(call: Call) -> JSON:
    """`conversations.info`."""
    return {"ok": True, "channel": channel_shape(call.channel())}


def conversations_members(call: Call) -> JSON:
    """`conversations.members`, in pages."""
    members, cursor = call.page(call.channel().members, "invalid_limit")
    return {"ok": True, "members": members} | _next(cursor)


def conversations_list(call: Call) -> JSON:
    """`conversations.list`, in pages: public channels unless told otherwise."""
    types = str(call.args.get("types") or "public_channel").replace(" ", "").split(",")
    hide_archived = call.flag("exclude_archived")
    visible = [
        channel
        for channel in call.workspace.channels.values()
        if channel.visible_to_bot
        and _TYPES[channel.kind] in types
        and not (hide_archived and channel.archived)
    ]
    channels, cursor = call.page(visible, "invalid_limit")
    return {"ok": True, "channels": [channel_shape(it) for it in channels]} | _next(cursor)


def _next(cursor: str) -> JSON:
    return {"response_metadata": {"next_cursor": cursor}}


def conversations_open(call: Call) -> JSON:
    """`conversations.open`: with one person a direct message, with several a group."""
    if call.args.get("channel"):
        channel = call.channel()
    else:
        channel = _conversation_with(call, call.text("users").replace(" ", "").split(","))
    whole = channel_shape(channel) if call.flag("return_im") else {"id": channel.id}
    return {"ok": True, "channel": whole}


def _conversation_with(call: Call, ids: list[str]) -> Channel:
    ws = call.workspace
    people = [ws.people.get(identity) for identity in ids]
    known = [person for person in people if person is not None]
    if len(known) != len(people):
        raise Refused("user_not_found")
    if any(person.role == "bot" for person in known):
        raise Refused("cannot_dm_bot")
    if any(person.role == "deactivated" for person in known):
        raise Refused("user_disabled")
    if len(known) < _GROUP:
        return ws.dm(known[0])
    members = {*ids, ws.bot_user_id}
    for channel in ws.channels.values():
        if channel.kind == "mpim" and set(channel.members) == members:
            return channel
    return ws.add_channel(f"G0{call.state.next_id()}", kind="mpim", members=ids, bot_in=True)
