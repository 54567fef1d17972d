"""The page's files, its WebSocket, and who is let in."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Person, Slack, Workspace
from playground.page import FOLDER
from tests.playground.conftest import Bot
from tests.playground.drawn import actions, button, section
from tests.playground.window import Window

CARD = [section("*#12* Fix"), actions(button("Done", action_id="done", value="12"))]


async def fetched(slack: Slack, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask for a path exactly as it is written."""
    host, port = slack.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = {"Host": f"{host}:{port}", "Connection": "close"} | headers
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *rest = answer.decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in rest)
    return int(status.split()[1]), {name.lower(): it for name, it in pairs}, body


@pytest.mark.parametrize("path", ["/", "/page/index.html"])
async def test_the_page_is_served_and_never_kept(slack: Slack, path: str) -> None:
    status, headers, body = await fetched(slack, path)
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert body == (FOLDER / "index.html").read_bytes()


async def test_every_file_of_the_page_has_its_type(slack: Slack) -> None:
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
    for file in (it for it in FOLDER.rglob("*") if it.suffix in types):
        status, headers, body = await fetched(slack, f"/page/{file.relative_to(FOLDER)}")
        assert status == 200
        assert headers["content-type"] == f"{types[file.suffix]}; charset=utf-8"
        assert body == file.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/page/../page.py",
        "/page/%2e%2e/page.py",
        "/page/..%2fpage.py",
        "/page/..%5cpage.py",
        "/page//etc/passwd",
        "/page/%2fetc%2fpasswd",
        "/page/index.html%00.js",
        "/page/",
        "/page/missing.js",
        "/page/../page/../page.py",
    ],
)
async def test_nothing_but_the_page_is_served(slack: Slack, path: str) -> None:
    status, _, body = await fetched(slack, path)
    assert status == 404
    assert b"WebSocket" not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://127.0.0.1"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/page/index.html", "/live?person=U01", "/api/auth.test"])
async def test_other_hosts_and_other_pages_are_refused(
    slack: Slack, maya: Person, path: str, headers: dict[str, str]
) -> None:
    status, _, body = await fetched(slack, path, **headers)
    assert status == 403
    assert maya.name.encode() not in body
    assert slack.calls == []


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
async def test_this_machine_is_let_in_by_each_of_its_names(slack: Slack, host: str) -> None:
    status, _, _ = await fetched(slack, "/", Host=host, Origin=f"http://{host}")
    assert status == 200


@pytest.mark.parametrize(
    ("origin", "person", "status"),
    [
        ("http://evil.example", "U01", 403),
        (None, "U01", 403),
    ],
)
async def test_a_window_is_opened_by_our_page_alone(
    slack: Slack, maya: Person, origin: str | None, person: str, status: int
) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{slack.url}/live?person={person}", origin=origin)
    assert refused.value.status == status
    assert maya.workspace.people


@pytest.mark.parametrize("person", ["U99", "UBOT01", ""])
async def test_a_window_for_somebody_who_is_not_there_is_the_first_person_s(
    slack: Slack, maya: Person, person: str
) -> None:
    url = f"{slack.url}/live?person={person}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=slack.url) as it:
        assert (await it.receive_json())["me"] == maya.id


async def test_two_windows_see_what_either_does(
    slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    async with Window.of(slack, maya.id) as hers, Window.of(slack, tom.id) as his:
        assert (hers.screen["me"], his.screen["me"]) == (maya.id, tom.id)
        assert await hers.does("say", channel=dev.id, text="Hello <b> @tom") == {
            "type": "done",
            "id": 1,
            "ok": True,
        }
        (hello,) = await his.sees(lambda screen: screen["messages"][dev.id])
        assert (hello["author"], hello["text"]) == ("Maya Lind", "Hello &lt;b&gt; <@U02|tom>")
        assert (await his.does("delete", channel=dev.id, ts=hello["ts"]))["ok"]
        assert await hers.sees(lambda screen: screen["messages"][dev.id] == [])


async def test_changes_that_come_together_are_one_screen(
    slack: Slack, maya: Person, dev: Channel
) -> None:
    screens = set()

    def all_there(screen: dict[str, Any]) -> bool:
        screens.add(len(screen["messages"][dev.id]))
        return 20 in screens

    async with Window.of(slack, maya.id) as window:
        for number in range(20):
            maya.says(f"line {number}", channel=dev)
        await window.sees(all_there)
    assert len(screens) <= 3


async def test_a_window_that_goes_away_takes_nothing_with_it(
    slack: Slack, bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def slowly(_request: web.Request) -> web.Response:
        asked.set()
        await answered.wait()
        return web.json_response({"text": "Added #12", "response_type": "in_channel"})

    bot.answer = slowly
    async with Window.of(slack, tom.id) as his:
        async with Window.of(slack, maya.id) as hers:
            said = {"id": 1, "act": "command", "channel": dev.id, "text": "/task add Fix"}
            await hers.socket.send_json(said)
            await asked.wait()
        answered.set()
        added = await his.sees(lambda screen: screen["messages"][dev.id])
        assert [it["text"] for it in added] == ["Added #12"]
        assert (await his.does("say", channel=dev.id, text="still here"))["ok"]


async def test_what_is_no_act_is_answered_in_words(slack: Slack, maya: Person) -> None:
    async with Window.of(slack, maya.id) as window:
        assert (await window.does("fly"))["error"] == "There is no such act."
        for nonsense in ("{", "[]", '"x"'):
            await window.socket.send_str(nonsense)
            answer = await window.socket.receive_json()
            assert answer == {
                "type": "done",
                "id": None,
                "ok": False,
                "error": "There is no such act.",
            }


async def test_acts_wait_until_the_app_listens(slack: Slack, maya: Person, dev: Channel) -> None:
    slack.page.ready.clear()
    async with Window.of(slack, maya.id) as window:
        act = asyncio.ensure_future(window.does("say", channel=dev.id, text="hello"))
        done, _ = await asyncio.wait([act], timeout=0.1)
        assert not done
        assert dev.messages == []
        slack.page.ready.set()
        assert (await act)["ok"]


async def test_windows_are_closed_when_the_stand_in_ends() -> None:
    async with aiohttp.ClientSession() as session:
        async with Slack.running() as slack:
            ws = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
            ws.add_person("U01", name="maya")
            socket = await session.ws_connect(f"{slack.url}/live", origin=slack.url)
            assert (await socket.receive_json())["me"] == "U01"
            slack.page.ready.clear()
            await socket.send_json({"id": 1, "act": "open_home"})
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.GOING_AWAY


async def test_slack_is_switched_down_limited_and_well_again(
    slack: Slack, maya: Person, client: AsyncWebClient
) -> None:
    async with Window.of(slack, maya.id) as window:

        async def switched(name: str, *, on: bool) -> dict[str, bool]:
            assert (await window.does("fault", name=name, on=on))["ok"]
            await window.sees(lambda screen: screen["faults"][name] is on)
            return dict(window.screen["faults"])

        await switched("slow", on=True)
        assert [(it.kind, it.seconds) for it in slack.faults] == [("delay", 2.0)]
        faults = await switched("limited", on=True)
        assert faults == {"slow": True, "limited": True, "down": False}
        with pytest.raises(SlackApiError) as refused:
            await client.auth_test()
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "5"
        await switched("slow", on=False)
        await switched("down", on=True)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await session.post(slack.api_url + "auth.test", data={"token": "xoxb-T01"})
        await switched("limited", on=False)
        assert await switched("down", on=False) == dict.fromkeys(faults, False)
        await client.auth_test()
        assert (await window.does("fault", name="fire", on=True))["ok"] is False
        wire = await window.wire(3)
        assert [(it["status"], it["outcome"]) for it in wire] == [
            (429, "ratelimited"),
            (None, "reset"),
            (200, "ok"),
        ]


async def test_the_wire_shows_both_ways_and_no_secret(
    slack: Slack, bot: Bot, ws: Workspace, maya: Person, dev: Channel, client: AsyncWebClient
) -> None:
    bot.says({"text": "Added #12", "blocks": CARD})
    async with Window.of(slack, maya.id) as window:
        await window.does("command", channel=dev.id, text="/task add Fix")
        exchange = await maya.click("done", on=maya.sees(dev)[0])
        await ws.event({"type": "user_change"})
        await slack.resend(await ws.event({"type": "team_join"}))
        await client.chat_postMessage(channel=dev.id, text="#12 Fix", blocks=CARD)
        with pytest.raises(SlackApiError):
            await client.users_info(user="U99")
        async with aiohttp.ClientSession() as session:
            await session.post(str(exchange.response_url), json={"text": "Done"})
            await session.post(slack.api_url + "auth.test?token=xoxb-T01")
        wire = await window.wire(9)
    assert [(it["kind"], it["what"], it["status"], it["outcome"]) for it in wire] == [
        ("command", "/task add Fix", 200, "ok"),
        ("action", "done 12", 200, "ok"),
        ("event", "user_change", 200, "ok"),
        ("event", "team_join", 200, "ok"),
        ("event", "team_join (again, 1)", 200, "ok"),
        ("api", "chat.postMessage C01", 200, "ok"),
        ("api", "users.info U99", 200, "user_not_found"),
        ("api", "response_url C01", 200, "ok"),
        ("api", "auth.test", 200, "ok"),
    ]
    assert [it["n"] for it in wire] == list(range(1, 10))
    assert {it["direction"] for it in wire[:5]} == {"to_bot"}
    assert {it["direction"] for it in wire[5:]} == {"to_slack"}
    assert all(it["ms"] > 0 for it in wire)
    _check_texts(wire)


def _check_texts(wire: list[dict[str, Any]]) -> None:
    assert json.loads(wire[0]["request"])["text"] == "add Fix"
    assert json.loads(wire[0]["answer"])["text"] == "Added #12"
    assert json.loads(wire[1]["request"])["actions"][0]["value"] == "12"
    assert json.loads(wire[5]["request"])["text"] == "#12 Fix"
    assert json.loads(wire[6]["answer"]) == {"ok": False, "error": "user_not_found"}
    assert wire[7]["answer"] == "ok"
    whole = json.dumps(wire)
    for secret in ("shhh", "xoxb-", "verification-token", "v0=", "Bearer", "ignature"):
        assert secret not in whole


async def test_a_request_under_way_is_on_the_wire_already(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    answered = asyncio.Event()

    async def slowly(_request: web.Request) -> web.Response:
        await answered.wait()
        return web.Response()

    bot.answer = slowly
    async with Window.of(slack, maya.id) as window:
        typing = asyncio.ensure_future(window.does("command", channel=dev.id, text="/task list"))
        async with Window.of(slack, maya.id) as other:
            (asked,) = await other.sees(lambda screen: screen["wire"])
            assert (asked["what"], asked["outcome"], asked["status"], asked["ms"]) == (
                "/task list",
                "under way",
                None,
                0.0,
            )
            answered.set()
            await other.sees(lambda screen: screen["wire"][0]["outcome"] == "ok")
        assert (await typing)["status"] == 200


async def test_only_the_last_of_the_wire_is_kept(
    slack: Slack, maya: Person, client: AsyncWebClient
) -> None:
    for _ in range(70):
        await client.auth_test()
    async with Window.of(slack, maya.id) as window:
        assert [it["n"] for it in window.screen["wire"]] == list(range(11, 71))
