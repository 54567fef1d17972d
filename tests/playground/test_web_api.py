"""Every method, called with Slack's own client."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Person, Slack, Workspace
from tests.playground.drawn import actions, button, home, modal, section


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_auth_test_names_the_bot(client: AsyncWebClient, ws: Workspace) -> None:
    answer = await client.auth_test()
    assert answer["team_id"] == "T01"
    assert answer["user_id"] == ws.bot_user_id
    assert answer["bot_id"] == ws.bot_id


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-unknown", "invalid_auth")])
async def test_a_token_that_is_none_is_refused(
    slack: Slack, ws: Workspace, token: str, error: str
) -> None:
    stranger = AsyncWebClient(token=token, base_url=slack.api_url)
    assert await refusal(stranger.auth_test()) == error
    assert ws.name == "Acme"


async def test_a_revoked_token_is_refused(client: AsyncWebClient, ws: Workspace) -> None:
    ws.token_error = "token_revoked"
    assert await refusal(client.auth_test()) == "token_revoked"


async def test_a_token_may_stand_in_the_form(slack: Slack, ws: Workspace) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "auth.test", data={"token": ws.bot_token}) as response,
    ):
        assert (await response.json())["ok"] is True
    assert slack.calls[-1].args == {}


async def test_an_unknown_method_is_a_violation(client: AsyncWebClient, slack: Slack) -> None:
    assert await refusal(client.api_call("chat.whisper")) == "unknown_method"
    assert slack.violations == ["chat.whisper: unknown_method"]


async def test_workspaces_know_only_their_own(slack: Slack, client: AsyncWebClient) -> None:
    other = slack.add_workspace(team_id="T02", name="Beta", bot_token="xoxb-T02")
    other.add_person("U09", name="eve")
    assert await refusal(client.users_info(user="U09")) == "user_not_found"


async def test_users_info_tells_zone_and_names(client: AsyncWebClient, tom: Person) -> None:
    user = (await client.users_info(user=tom.id))["user"]
    assert user["tz"] == "America/Los_Angeles"
    assert user["tz_offset"] in (-8 * 3600, -7 * 3600)
    assert user["profile"]["display_name"] == "tom"
    assert user["team_id"] == "T01"
    assert not user["is_bot"]
    assert not user["deleted"]


@pytest.mark.parametrize(
    ("role", "facts"),
    [
        ("owner", {"is_owner": True, "is_admin": True}),
        ("admin", {"is_owner": False, "is_admin": True}),
        ("guest", {"is_restricted": True, "is_ultra_restricted": False}),
        ("single_channel_guest", {"is_restricted": True, "is_ultra_restricted": True}),
        ("bot", {"is_bot": True}),
        ("deactivated", {"deleted": True}),
        ("outsider", {"is_stranger": True, "team_id": "T0ELSEWHERE"}),
    ],
)
async def test_users_info_tells_the_role(
    client: AsyncWebClient, ws: Workspace, role: Any, facts: dict[str, Any]
) -> None:
    ws.add_person("U05", name="someone", role=role)
    user = (await client.users_info(user="U05"))["user"]
    assert user.items() >= facts.items()


async def test_a_person_can_change(client: AsyncWebClient, maya: Person) -> None:
    maya.rename(name="may", real_name="May Lind")
    maya.set_tz("Asia/Tokyo")
    user = (await client.users_info(user=maya.id))["user"]
    assert (user["name"], user["tz"], user["deleted"]) == ("may", "Asia/Tokyo", False)


async def test_of_a_closed_account_little_is_told(client: AsyncWebClient, maya: Person) -> None:
    maya.deactivate()
    user = (await client.users_info(user=maya.id))["user"]
    assert user["deleted"]
    assert user["profile"]["real_name"] == "Maya Lind"
    assert user.keys().isdisjoint({"tz", "real_name", "is_admin"})


async def test_users_list_comes_in_pages(client: AsyncWebClient, ws: Workspace) -> None:
    for number in range(4):
        ws.add_person(f"U1{number}", name=f"person{number}")
    found, pages = [], 0
    async for page in await client.users_list(limit=2):
        found += [member["id"] for member in page["members"]]
        pages += 1
    assert found == list(ws.people)
    assert pages == 3


async def test_a_made_up_cursor_is_refused(client: AsyncWebClient) -> None:
    for cursor in ("next", "bmV4dDp4"):
        assert await refusal(client.users_list(cursor=cursor, limit=2)) == "invalid_cursor"
    wrong = client.api_call("users.list", params={"limit": "two"})
    assert await refusal(wrong) == "invalid_arguments"


async def test_conversations_info_tells_what_a_channel_is(
    client: AsyncWebClient, ws: Workspace, dev: Channel
) -> None:
    ws.add_channel("C02", name="ours", kind="private", bot_in=True, shared=True)
    public = (await client.conversations_info(channel=dev.id))["channel"]
    private = (await client.conversations_info(channel="C02"))["channel"]
    assert (public["is_private"], public["is_member"]) == (False, False)
    assert (private["is_private"], private["is_member"]) == (True, True)
    assert (private["is_group"], private["is_ext_shared"]) == (True, True)


async def test_private_places_without_the_bot_do_not_exist_for_it(
    client: AsyncWebClient, ws: Workspace, maya: Person, tom: Person
) -> None:
    ws.add_channel("C02", name="theirs", kind="private", members=[maya])
    ws.add_channel("D02", kind="im", members=[maya, tom])
    for channel in ("C02", "D02", "C99"):
        assert await refusal(client.conversations_info(channel=channel)) == "channel_not_found"
        assert await refusal(client.conversations_members(channel=channel)) == "channel_not_found"
        posted = client.chat_postMessage(channel=channel, text="hello")
        assert await refusal(posted) == "channel_not_found"


async def test_conversations_members_lists_them(
    client: AsyncWebClient, ws: Workspace, maya: Person, tom: Person
) -> None:
    ws.add_channel("C02", name="ours", members=[maya, tom], bot_in=True)
    page = await client.conversations_members(channel="C02", limit=2)
    assert page["members"] == [maya.id, tom.id]
    cursor = page["response_metadata"]["next_cursor"]
    rest = await client.conversations_members(channel="C02", limit=2, cursor=cursor)
    assert rest["members"] == [ws.bot_user_id]


async def test_conversations_list_shows_asked_kinds(
    client: AsyncWebClient, ws: Workspace, dev: Channel
) -> None:
    ws.add_channel("C02", name="ours", kind="private", bot_in=True)
    ws.add_channel("C03", name="theirs", kind="private")
    ws.add_channel("C04", name="old", archived=True)
    public = await client.conversations_list(exclude_archived=True)
    every = await client.conversations_list(types="public_channel,private_channel")
    assert [it["id"] for it in public["channels"]] == [dev.id]
    assert [it["id"] for it in every["channels"]] == [dev.id, "C02", "C04"]


async def test_conversations_open_finds_the_same_conversation_again(
    client: AsyncWebClient, ws: Workspace, maya: Person, tom: Person
) -> None:
    first = await client.conversations_open(users=maya.id)
    again = await client.conversations_open(users=[maya.id], return_im=True)
    group = await client.conversations_open(users=[maya.id, tom.id])
    same_group = await client.conversations_open(users=[tom.id, maya.id])
    by_id = await client.conversations_open(channel=first["channel"]["id"])
    assert first["channel"]["id"] == again["channel"]["id"] == by_id["channel"]["id"]
    assert again["channel"]["user"] == maya.id
    assert ws.channels[group["channel"]["id"]].kind == "mpim"
    assert group["channel"]["id"] == same_group["channel"]["id"]


async def test_conversations_open_refuses_bots_strangers_and_closed_accounts(
    client: AsyncWebClient, ws: Workspace
) -> None:
    ws.add_person("U08", name="gone", role="deactivated")
    assert await refusal(client.conversations_open(users=ws.bot_user_id)) == "cannot_dm_bot"
    assert await refusal(client.conversations_open(users="U08")) == "user_disabled"
    assert await refusal(client.conversations_open(users="U99")) == "user_not_found"


async def test_a_posted_message_is_seen_by_everybody(
    client: AsyncWebClient, slack: Slack, dev: Channel, maya: Person, tom: Person
) -> None:
    blocks = [section("*#1* Fix"), actions(button(action_id="done", value="1"))]
    answer = await client.chat_postMessage(
        channel=dev.id, text="#1 Fix", blocks=blocks, client_msg_id="abc"
    )
    (message,) = dev.messages
    assert answer["ts"] == message.ts == answer["message"]["ts"]
    assert answer["message"]["bot_id"] == message.bot_id
    assert message.client_msg_id == "abc"
    assert message.blocks[0]["block_id"]
    assert maya.sees(dev) == tom.sees(dev) == [message]
    assert slack.calls[-1].outcome == "ok"
    assert slack.violations == []


async def test_a_form_with_json_in_it_is_read_too(
    slack: Slack, ws: Workspace, dev: Channel
) -> None:
    form = {"channel": dev.id, "text": "hello", "blocks": '[{"type": "divider"}]'}
    headers = {"Authorization": f"Bearer {ws.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "chat.postMessage", data=form, headers=headers) as response,
    ):
        assert (await response.json())["ok"] is True
    assert dev.messages[0].blocks[0]["type"] == "divider"


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_a_body_that_is_no_json_object_is_refused(
    slack: Slack, ws: Workspace, body: str
) -> None:
    headers = {
        "Authorization": f"Bearer {ws.bot_token}",
        "Content-Type": "application/json",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "chat.postMessage", data=body, headers=headers) as response,
    ):
        assert (await response.json())["ok"] is False
    assert slack.calls[-1].outcome in ("invalid_json", "json_not_object")


async def test_the_bot_may_post_in_public_channels_it_is_not_in(
    client: AsyncWebClient, dev: Channel
) -> None:
    assert not dev.bot_in
    await client.chat_postMessage(channel=dev.id, text="hello")
    assert dev.messages[0].text == "hello"


async def test_a_message_to_a_person_is_a_direct_message(
    client: AsyncWebClient, ws: Workspace, maya: Person, tom: Person
) -> None:
    answer = await client.chat_postMessage(channel=maya.id, text="psst")
    place = ws.channels[answer["channel"]]
    assert place.kind == "im"
    assert [it.text for it in maya.sees(place)] == ["psst"]
    assert tom.sees(place) == []


async def test_what_cannot_be_posted_is_refused(
    client: AsyncWebClient, slack: Slack, ws: Workspace, dev: Channel
) -> None:
    slack.limits.enabled = False
    old = ws.add_channel("C04", name="old", archived=True)
    post = client.chat_postMessage
    assert await refusal(post(channel=old.id, text="hello")) == "is_archived"
    empty = client.api_call("chat.postMessage", json={"channel": dev.id, "text": ""})
    assert await refusal(empty) == "no_text"
    assert await refusal(post(channel=dev.id, text="x" * 40_001)) == "msg_too_long"
    assert await refusal(post(channel=ws.bot_user_id, text="hello")) == "channel_not_found"
    broken = post(channel=dev.id, text="hello", blocks="none")
    assert await refusal(broken) == "invalid_blocks_format"


async def test_bad_blocks_are_named(client: AsyncWebClient, slack: Slack, dev: Channel) -> None:
    blocks = [actions(button("x" * 76))]
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=dev.id, text="hello", blocks=blocks)
    assert refused.value.response["error"] == "invalid_blocks"
    (message,) = refused.value.response["response_metadata"]["messages"]
    assert "json-pointer:/blocks/0/elements/0/text/text" in message
    assert len(slack.violations) == 1


async def test_blocks_without_text_are_posted_and_noted(
    client: AsyncWebClient, slack: Slack, dev: Channel
) -> None:
    await client.api_call("chat.postMessage", json={"channel": dev.id, "blocks": [section()]})
    assert len(dev.messages) == 1
    assert "screen readers" in slack.violations[0]


async def test_the_same_client_msg_id_is_compared_only_when_told(
    client: AsyncWebClient, slack: Slack, dev: Channel
) -> None:
    slack.limits.enabled = False
    for dedupes in (False, False, True):
        slack.dedupes_client_msg_id = dedupes
        await client.chat_postMessage(channel=dev.id, text="hello", client_msg_id="same")
    assert len(dev.messages) == 2


async def test_a_reply_knows_its_thread(client: AsyncWebClient, dev: Channel, maya: Person) -> None:
    first = maya.says("It fails again", channel=dev)
    await client.chat_postMessage(channel=dev.id, text="on it", thread_ts=first.ts)
    second = maya.says("thanks", channel=dev, thread=first)
    assert [it.thread_ts for it in dev.messages] == [None, first.ts, first.ts]
    assert second.permalink.endswith(f"?thread_ts={first.ts}&cid={dev.id}")


async def test_an_update_edits_the_message_in_place(client: AsyncWebClient, dev: Channel) -> None:
    posted = await client.chat_postMessage(channel=dev.id, text="#1", blocks=[section("one")])
    answer = await client.chat_update(
        channel=dev.id, ts=posted["ts"], text="#1 done", blocks=[section("two")]
    )
    (message,) = dev.messages
    assert (message.text, message.edits, message.ts) == ("#1 done", 1, posted["ts"])
    assert message.blocks[0]["text"]["text"] == "two"
    assert answer["text"] == "#1 done"
    assert "edited" in answer["message"]


async def test_an_update_with_text_alone_takes_the_blocks_away(
    client: AsyncWebClient, dev: Channel
) -> None:
    posted = await client.chat_postMessage(channel=dev.id, text="#1", blocks=[section()])
    await client.chat_update(channel=dev.id, ts=posted["ts"], text="gone")
    assert dev.messages[0].blocks == []


async def test_what_cannot_be_updated_or_deleted_is_refused(
    client: AsyncWebClient, dev: Channel, maya: Person
) -> None:
    hers = maya.says("hello", channel=dev)
    posted = await client.chat_postMessage(channel=dev.id, text="mine")
    update, delete = client.chat_update, client.chat_delete
    assert await refusal(update(channel=dev.id, ts="1.0", text="x")) == "message_not_found"
    assert await refusal(update(channel=dev.id, ts=hers.ts, text="x")) == "cant_update_message"
    assert await refusal(delete(channel=dev.id, ts=hers.ts)) == "cant_delete_message"
    dev.archived = True
    assert await refusal(update(channel=dev.id, ts=posted["ts"], text="x")) == "is_inactive"


async def test_a_deleted_message_is_gone(
    client: AsyncWebClient, slack: Slack, dev: Channel, maya: Person
) -> None:
    posted = await client.chat_postMessage(channel=dev.id, text="mine")
    message = dev.messages[0]
    await client.chat_delete(channel=dev.id, ts=posted["ts"])
    assert message.deleted
    assert maya.sees(dev) == []
    gone = client.chat_update(channel=dev.id, ts=posted["ts"], text="x")
    assert await refusal(gone) == "message_not_found"
    assert slack.violations == []


async def test_an_ephemeral_message_is_for_one_person(
    client: AsyncWebClient, dev: Channel, ws: Workspace, maya: Person, tom: Person
) -> None:
    post = client.chat_postEphemeral
    refused = post(channel=dev.id, user=maya.id, text="psst")
    assert await refusal(refused) == "not_in_channel"
    dev.join(ws.bot_user_id)
    refused = post(channel=dev.id, user=maya.id, text="psst")
    assert await refusal(refused) == "user_not_in_channel"
    dev.join(maya)
    await post(channel=dev.id, user=maya.id, text="psst")
    assert [it.text for it in maya.sees(dev)] == ["psst"]
    assert tom.sees(dev) == []
    dev.archived = True
    refused = post(channel=dev.id, user=maya.id, text="psst")
    assert await refusal(refused) == "is_archived"


async def test_a_permalink_leads_to_the_message(
    client: AsyncWebClient, dev: Channel, maya: Person
) -> None:
    message = maya.says("hello", channel=dev)
    answer = await client.chat_getPermalink(channel=dev.id, message_ts=message.ts)
    assert answer["permalink"] == message.permalink
    missing = client.chat_getPermalink(channel=dev.id, message_ts="1.0")
    assert await refusal(missing) == "message_not_found"


async def test_home_is_published_and_replaced(client: AsyncWebClient, maya: Person) -> None:
    first = await client.views_publish(user_id=maya.id, view=home(section("one")))
    view = maya.home
    await client.views_publish(
        user_id=maya.id, view=home(section("two")), hash=first["view"]["hash"]
    )
    assert view is maya.home
    assert view is not None
    assert view.versions == 2
    assert view.blocks[0]["text"]["text"] == "two"
    stale = client.views_publish(user_id=maya.id, view=home(), hash=first["view"]["hash"])
    assert await refusal(stale) == "hash_conflict"


async def test_home_of_nobody_is_refused(
    client: AsyncWebClient, ws: Workspace, maya: Person
) -> None:
    ws.add_person("U08", name="gone", role="deactivated")
    assert await refusal(client.views_publish(user_id="U99", view=home())) == "invalid_arguments"
    assert await refusal(client.views_publish(user_id="U08", view=home())) == "not_enabled"
    wrong = client.views_publish(user_id=maya.id, view=modal())
    assert await refusal(wrong) == "invalid_arguments"


async def test_a_missing_argument_is_named(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("users.info")
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: user"
    ]
