"""Whether Slack's own client takes the stand-in for Slack: answers, limits and error codes."""

import ast
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

import playground
from ops.metrics import API_METHODS
from playground import Slack, Workspace
from playground.web_api import METHODS, RESPONSE_URL
from tests.playground.conftest import Bot, Clock
from tests.playground.drawn import actions, button, home, modal, overflow, section

CARD = [
    {"type": "header", "text": {"type": "plain_text", "text": "#1"}},
    section("*#1* Fix", accessory=overflow("Edit", "Delete", action_id="menu")),
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "by maya"}]},
    {"type": "divider"},
    actions(button("Done", action_id="done", value="1", style="primary")),
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "as typed"}]}
        ],
    },
]


class World:
    """A workspace with something in it that can be refused."""

    def __init__(self, slack: Slack, workspace: Workspace, clock: Clock) -> None:
        self.slack, self.workspace, self.clock = slack, workspace, clock
        self.maya = workspace.add_person("U01", name="maya", real_name="Maya Lind")
        workspace.add_person("U08", name="gone", role="deactivated")
        self.dev = workspace.add_channel("C01", name="dev", members=["U01"])
        old = workspace.add_channel("C04", name="old", archived=True)
        workspace.add_channel("C05", name="ours", members=["U01"], bot_in=True)
        self.maya.views += [workspace.new_view(modal()) for _ in range(3)]
        self.maya.home = workspace.new_view(home())
        self.names = {
            "card": self.dev.post(workspace.bot_message("C01", "#1")).ts,
            "hers": self.maya.says("hello", channel="C01").ts,
            "old": old.post(workspace.bot_message("C04", "#0")).ts,
            "used": self._trigger(used=True),
            "late": self._trigger(seconds=-10),
            "form": self.maya.views[-1].id,
        }

    def _trigger(self, *, used: bool = False, seconds: float = 0) -> str:
        issued = self.slack.tickets.trigger("T01", "U01", self.clock() + seconds)
        issued.used = used
        return issued.id

    def filled_in(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with what has a name only in this world."""
        names = self.names | {"fresh": self._trigger()}
        return {
            key: value.format(**names) if isinstance(value, str) and "{" in value else value
            for key, value in arguments.items()
        }


@pytest.fixture
def world(slack: Slack, ws: Workspace, clock: Clock) -> World:
    slack.limits.enabled = False
    return World(slack, ws, clock)


@pytest.fixture
async def sdk(slack: Slack, world: World) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        token = world.workspace.bot_token
        yield AsyncWebClient(token=token, base_url=slack.api_url, session=session)


def is_read_by_the_sdk(answer: AsyncSlackResponse, *names: str) -> None:
    """The client accepts it, and finds what the method's page promises."""
    assert (answer.status_code, answer["ok"]) == (200, True)
    assert isinstance(answer.data, dict)
    assert set(names) <= answer.data.keys()


async def _auth_test(sdk: AsyncWebClient, world: World) -> None:
    answer = await sdk.auth_test()
    is_read_by_the_sdk(answer, "url", "team", "user", "team_id", "user_id", "bot_id")
    known = AuthorizeResult.from_auth_test_response(auth_test_response=answer)
    assert (known.team_id, known.team, known.url) == ("T01", "Acme", "https://acme.slack.com/")
    assert (known.bot_user_id, known.bot_id) == ("UBOT01", world.workspace.bot_id)
    assert known.user_id is None


async def _users_info(sdk: AsyncWebClient, _world: World) -> None:
    answer = await sdk.users_info(user="U01", include_locale=True)
    is_read_by_the_sdk(answer, "user")
    _check_user(answer["user"])


def _check_user(user: dict[str, Any]) -> None:
    """The fields of docs.slack.dev/reference/objects/user-object that anybody relies on."""
    for name, kind in USER.items():
        assert isinstance(user[name], kind), name
    assert user["profile"]["display_name"] == user["name"]


USER = {
    "id": str,
    "team_id": str,
    "name": str,
    "real_name": str,
    "tz": str,
    "tz_label": str,
    "tz_offset": int,
    "profile": dict,
    "deleted": bool,
    "is_admin": bool,
    "is_owner": bool,
    "is_restricted": bool,
    "is_ultra_restricted": bool,
    "is_bot": bool,
    "updated": int,
}


async def _users_list(sdk: AsyncWebClient, world: World) -> None:
    found: list[str] = []
    async for page in await sdk.users_list(limit=1):
        is_read_by_the_sdk(page, "members", "cache_ts", "response_metadata")
        found += [member["id"] for member in page["members"]]
    assert found == list(world.workspace.people)


async def _conversations_info(sdk: AsyncWebClient, _world: World) -> None:
    answer = await sdk.conversations_info(channel="C01", include_num_members=True)
    is_read_by_the_sdk(answer, "channel")
    kinds = ("is_channel", "is_group", "is_im", "is_mpim", "is_private", "is_member")
    others = ("is_archived", "is_shared", "is_ext_shared", "is_org_shared")
    assert all(isinstance(answer["channel"][name], bool) for name in kinds + others)
    assert (answer["channel"]["id"], answer["channel"]["name"]) == ("C01", "dev")


async def _conversations_members(sdk: AsyncWebClient, world: World) -> None:
    world.dev.join("UBOT01")
    found: list[str] = []
    async for page in await sdk.conversations_members(channel="C01", limit=1):
        is_read_by_the_sdk(page, "members", "response_metadata")
        found += page["members"]
    assert found == world.dev.members
    assert len(found) > 1


async def _chat_post_message(sdk: AsyncWebClient, _world: World) -> None:
    blocks = Block.parse_all(CARD)
    answer = await sdk.chat_postMessage(channel="C01", text="#1", blocks=blocks, parse="none")
    is_read_by_the_sdk(answer, "channel", "ts", "message")
    _check_message(answer["message"], answer["ts"])


async def _chat_update(sdk: AsyncWebClient, world: World) -> None:
    ts = world.names["card"]
    answer = await sdk.chat_update(channel="C01", ts=ts, text="#1", blocks=CARD)
    is_read_by_the_sdk(answer, "channel", "ts", "text", "message")
    _check_message(answer["message"], ts)
    assert answer["message"]["edited"]["user"] == "UBOT01"


def _check_message(message: dict[str, Any], ts: str) -> None:
    """The client's own classes find in it what was sent, and have no objection."""
    assert (message["type"], message["ts"], message["user"]) == ("message", ts, "UBOT01")
    # What the classes object to, they object to in `to_dict`.
    drawn = [block.to_dict() for block in Block.parse_all(message["blocks"])]
    assert [it["type"] for it in drawn] == [it["type"] for it in CARD]
    assert all(it["block_id"] for it in drawn)
    assert drawn[4]["elements"][0]["value"] == "1"


async def _chat_delete(sdk: AsyncWebClient, world: World) -> None:
    answer = await sdk.chat_delete(channel="C01", ts=world.names["card"])
    is_read_by_the_sdk(answer, "channel", "ts")
    assert world.dev.find(answer["ts"]) is None


async def _response_url(_sdk: AsyncWebClient, world: World) -> None:
    exchange = await world.maya.command("/task", channel=world.dev)
    client = AsyncWebhookClient(str(exchange.response_url))
    answer = await client.send(text="#1", blocks=Block.parse_all(CARD), replace_original=True)
    assert (answer.status_code, answer.body) == (200, "ok")
    spent = await AsyncWebhookClient(f"{exchange.response_url}0").send(text="#1")
    assert (spent.status_code, spent.headers["Content-Type"]) == (
        404,
        "application/json; charset=utf-8",
    )


async def _views_open(sdk: AsyncWebClient, world: World) -> None:
    trigger = world.filled_in({"trigger_id": "{fresh}"})
    _check_view(await sdk.views_open(view=View(**modal()), **trigger))


async def _views_update(sdk: AsyncWebClient, world: World) -> None:
    _check_view(await sdk.views_update(view=View(**modal()), view_id=world.names["form"]))


async def _views_publish(sdk: AsyncWebClient, _world: World) -> None:
    _check_view(await sdk.views_publish(view=View(**home()), user_id="U01"))


def _check_view(answer: AsyncSlackResponse) -> None:
    """The client's own class finds in it what was sent, and what Slack adds."""
    is_read_by_the_sdk(answer, "view")
    shown = View(**answer["view"])
    assert (shown.type, shown.team_id) == (answer["view"]["type"], "T01")
    assert shown.hash
    assert shown.blocks


CHECKS: dict[str, Callable[[AsyncWebClient, World], Awaitable[None]]] = {
    "auth.test": _auth_test,
    "users.info": _users_info,
    "users.list": _users_list,
    "conversations.info": _conversations_info,
    "conversations.members": _conversations_members,
    "chat.postMessage": _chat_post_message,
    "chat.update": _chat_update,
    "chat.delete": _chat_delete,
    "views.open": _views_open,
    "views.update": _views_update,
    "views.publish": _views_publish,
    RESPONSE_URL: _response_url,
}


@pytest.mark.parametrize("method", API_METHODS)
async def test_the_sdk_takes_each_answer_that_the_bot_gets(
    sdk: AsyncWebClient, world: World, bot: Bot, method: str
) -> None:
    await CHECKS[method](sdk, world)
    assert [call.method for call in world.slack.calls if call.outcome == "ok"][-1] == method
    assert len(bot.requests) <= 1


async def test_a_view_on_top_of_another_names_the_one_at_the_bottom(
    sdk: AsyncWebClient, world: World
) -> None:
    form = View(**modal())
    opened = await sdk.views_open(view=form, **world.filled_in({"trigger_id": "{fresh}"}))
    pushed = await sdk.views_push(view=form, **world.filled_in({"trigger_id": "{fresh}"}))
    _check_view(pushed)
    assert pushed["view"]["root_view_id"] == opened["view"]["id"]


# What stands under "Errors" on the pages of docs.slack.dev/reference/methods, as far as the
# stand-in answers it; on every page stand those of COMMON.
COMMON = {
    "fatal_error",
    "internal_error",
    "invalid_arguments",
    "invalid_auth",
    "invalid_json",
    "json_not_object",
    "not_authed",
    "ratelimited",
    "token_revoked",
    "unknown_method",
}
_CONTENT = {"invalid_blocks", "invalid_blocks_format", "no_text"} | {
    *("msg_blocks_too_long", "msg_too_long"),
}
_TRIGGER = {"exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"}
DOCUMENTED: dict[str, set[str]] = {
    "auth.test": set(),
    "users.info": {"user_not_found"},
    "users.list": {"invalid_cursor"},
    "conversations.info": {"channel_not_found"},
    "conversations.members": {"channel_not_found", "invalid_cursor", "invalid_limit"},
    "conversations.list": {"invalid_cursor", "invalid_limit"},
    "conversations.open": {"channel_not_found", "user_disabled", "user_not_found"},
    "chat.postMessage": {"channel_not_found", "is_archived"} | _CONTENT,
    "chat.update": {"cant_update_message", "channel_not_found", "is_inactive", "message_not_found"}
    | _CONTENT,
    "chat.delete": {"cant_delete_message", "channel_not_found", "message_not_found"},
    "chat.postEphemeral": {"channel_not_found", "is_archived", "not_in_channel"}
    | {"user_not_in_channel"}
    | _CONTENT,
    "chat.getPermalink": {"channel_not_found", "message_not_found"},
    "views.open": _TRIGGER,
    "views.push": _TRIGGER | {"push_limit_reached"},
    "views.update": {"hash_conflict", "not_found"},
    "views.publish": {"hash_conflict", "not_enabled"},
    "chat.whisper": set(),
}
# On no page, but answered by Slack: github.com/HubSpot/slack-client/pull/90 for the first; those of
# a response_url have no page of their own.
SEEN = {"conversations.open": {"cannot_dm_bot"}}
OF_RESPONSE_URLS = {"expired_url", "invalid_url", "used_url"}

NOWHERE = {"channel": "C99", "ts": "1.0", "text": "x", "message_ts": "1.0", "user": "U01"}
BAD_BLOCKS = [{"type": "section"}]
LONG_BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2_900}}] * 5
REFUSALS: list[tuple[str, str, dict[str, Any]]] = [
    ("auth.test", "not_authed", {"token": ""}),
    ("auth.test", "invalid_auth", {"token": "xoxb-unknown"}),
    ("chat.whisper", "unknown_method", {}),
    ("users.info", "invalid_arguments", {}),
    ("users.info", "user_not_found", {"user": "U99"}),
    ("users.list", "invalid_cursor", {"cursor": "x", "limit": 1}),
    ("users.list", "invalid_arguments", {"limit": "two"}),
    ("conversations.info", "channel_not_found", NOWHERE),
    ("conversations.members", "channel_not_found", NOWHERE),
    ("conversations.members", "invalid_cursor", {"channel": "C01", "cursor": "bmV4dDp4"}),
    ("conversations.members", "invalid_limit", {"channel": "C01", "limit": "two"}),
    ("conversations.list", "invalid_cursor", {"cursor": "x"}),
    ("conversations.list", "invalid_limit", {"limit": "two"}),
    ("conversations.open", "channel_not_found", NOWHERE),
    ("conversations.open", "user_not_found", {"users": "U99"}),
    ("conversations.open", "user_disabled", {"users": "U08"}),
    ("conversations.open", "cannot_dm_bot", {"users": "UBOT01"}),
    ("chat.postMessage", "channel_not_found", NOWHERE),
    ("chat.postMessage", "is_archived", {"channel": "C04", "text": "x"}),
    ("chat.postMessage", "no_text", {"channel": "C01"}),
    ("chat.postMessage", "msg_too_long", {"channel": "C01", "text": "x" * 40_001}),
    ("chat.postMessage", "msg_blocks_too_long", {"channel": "C01", "blocks": LONG_BLOCKS}),
    ("chat.postMessage", "invalid_blocks", {"channel": "C01", "blocks": BAD_BLOCKS}),
    ("chat.postMessage", "invalid_blocks_format", {"channel": "C01", "blocks": "none"}),
    ("chat.update", "channel_not_found", NOWHERE),
    ("chat.update", "message_not_found", {"channel": "C01", "ts": "1.0", "text": "x"}),
    ("chat.update", "cant_update_message", {"channel": "C01", "ts": "{hers}", "text": "x"}),
    ("chat.update", "is_inactive", {"channel": "C04", "ts": "{old}", "text": "x"}),
    ("chat.update", "msg_too_long", {"channel": "C01", "ts": "{card}", "text": "ж" * 2_001}),
    ("chat.update", "no_text", {"channel": "C01", "ts": "{card}"}),
    ("chat.delete", "channel_not_found", NOWHERE),
    ("chat.delete", "message_not_found", {"channel": "C01", "ts": "1.0"}),
    ("chat.delete", "cant_delete_message", {"channel": "C01", "ts": "{hers}"}),
    ("chat.postEphemeral", "channel_not_found", NOWHERE),
    ("chat.postEphemeral", "is_archived", {"channel": "C04", "user": "U01", "text": "x"}),
    ("chat.postEphemeral", "not_in_channel", {"channel": "C01", "user": "U01", "text": "x"}),
    ("chat.postEphemeral", "user_not_in_channel", {"channel": "C05", "user": "U99", "text": "x"}),
    ("chat.getPermalink", "channel_not_found", NOWHERE),
    ("chat.getPermalink", "message_not_found", {"channel": "C01", "message_ts": "1.0"}),
    ("views.open", "invalid_arguments", {"trigger_id": "{fresh}"}),
    ("views.open", "invalid_trigger_id", {"trigger_id": "1.2.3", "view": modal()}),
    ("views.open", "exchanged_trigger_id", {"trigger_id": "{used}", "view": modal()}),
    ("views.open", "expired_trigger_id", {"trigger_id": "{late}", "view": modal()}),
    ("views.push", "push_limit_reached", {"trigger_id": "{fresh}", "view": modal()}),
    ("views.update", "not_found", {"view_id": "V99", "view": modal()}),
    ("views.update", "hash_conflict", {"view_id": "{form}", "hash": "1.x", "view": modal()}),
    ("views.publish", "invalid_arguments", {"user_id": "U99", "view": home()}),
    ("views.publish", "not_enabled", {"user_id": "U08", "view": home()}),
    ("views.publish", "hash_conflict", {"user_id": "U01", "hash": "1.x", "view": home()}),
]


@pytest.mark.parametrize(("method", "error", "arguments"), REFUSALS)
async def test_what_slack_would_refuse_is_refused_in_its_words(
    slack: Slack, world: World, method: str, error: str, arguments: dict[str, Any]
) -> None:
    asked = world.filled_in(arguments)
    token = asked.pop("token", world.workspace.bot_token)
    client = AsyncWebClient(token=token, base_url=slack.api_url)
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=asked)
    answer = refused.value.response
    assert (answer.status_code, answer["ok"], answer["error"]) == (200, False, error)
    assert error in COMMON | DOCUMENTED[method] | SEEN.get(method, set())


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_a_body_that_is_no_object_is_refused_in_slacks_words(
    slack: Slack, world: World, body: str, error: str
) -> None:
    headers = {
        "Authorization": f"Bearer {world.workspace.bot_token}",
        "Content-Type": "application/json",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "auth.test", data=body, headers=headers) as answer,
    ):
        assert await answer.json() == {"ok": False, "error": error}
    assert error in COMMON


async def test_asking_too_often_is_answered_as_the_sdk_reads_it(
    slack: Slack, sdk: AsyncWebClient
) -> None:
    slack.limits.enabled = True
    slack.limits.per_minute["auth.test"] = 1
    await sdk.auth_test()
    with pytest.raises(SlackApiError) as refused:
        await sdk.auth_test()
    answer = refused.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    # The SDK's own handler, AsyncRateLimitErrorRetryHandler, reads whole seconds.
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer["error"] in COMMON


def test_every_code_in_the_stand_in_is_asked_for_here() -> None:
    answered = {error for _, error, _ in REFUSALS} | OF_RESPONSE_URLS
    assert codes_in_the_code() == answered | {"invalid_json", "json_not_object"}
    assert set(METHODS) == set(DOCUMENTED) - {"chat.whisper"}


def codes_in_the_code() -> set[str]:
    """Every error code that is written in the stand-in as one."""
    folder = Path(inspect.getfile(playground)).parent
    calls = [
        node
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args
    ]
    return {str(code) for call in calls for code in _codes(call)}


def _codes(call: ast.Call) -> list[Any]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    chosen = {"Refused": 0, "TicketRefused": 0, "_own_message": 2, "page": 1}.get(name)
    if chosen is None or len(call.args) <= chosen:
        return []
    code = call.args[chosen]
    return [code.value] if isinstance(code, ast.Constant) else []
