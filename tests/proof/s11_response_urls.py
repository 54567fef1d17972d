"""S11: a response_url that leads elsewhere, well signed; the bot opens no connection there."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

from playground import Exchange, Fault, payloads
from playground.controls import find
from playground.courier import deliver
from tests.bot_process import ROOT, BotProcess, bot_process
from tests.proof.figures import Figure, Size
from tests.proof.stage import Stage, stage

FAULT = "a response_url that leads elsewhere, or is redirected there"
PATIENCE = 5.0

# What Python itself tells of every connection and look-up, before it is made:
# https://docs.python.org/3/library/audit_events.html
OBSERVER = """
import os, sys

def observe(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        address = arguments[1] if event == "socket.connect" else arguments[:2]
        os.write(file, f"{event} {address}\\n".encode())

file = os.open(os.environ["OBSERVED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sys.addaudithook(observe)
"""


def elsewhere(trap: str, ours: str) -> list[str]:
    """Addresses that are none of Slack's; `trap` would notice a visit, `ours` is allowed."""
    return [
        f"http://{trap}/x",
        f"https://{trap}/x",
        f"http://localhost:{trap.partition(':')[2]}/x",
        f"http://[::1]:{trap.partition(':')[2]}/x",
        f"http://0x7f000001:{trap.partition(':')[2]}/x",
        f"http://2130706433:{trap.partition(':')[2]}/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com",
        "https://evil-hooks.slack.com/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        f"https://hooks.slack.com@{trap}/x",
        f"https://hooks.slack.com:443@{trap}/x",
        f"https://{trap}#@hooks.slack.com/x",
        f"https://{trap}?@hooks.slack.com/x",
        f"https://{trap}\\@hooks.slack.com/x",
        f"https://hooks.slack.com\\@{trap}/x",
        f"https://hooks.slack.com%40{trap}/x",
        f"https://hooks.slack.com%2f@{trap}/x",
        "https://hooks.slack.com\u3002evil.example/x",
        f"https://hooks\uff0eslack\uff0ecom@{trap}/x",
        f"https://hooks.slack.com\r\nHost: {trap}/x",
        "https://hooks.slack.com\t.evil.example/x",
        f" https://{trap}/x",
        f"//{trap}/x",
        f"{ours}.evil.example/x",
        ours.replace("http://", "http://x@"),
        ours.replace("http://", "https://"),
        f"{ours[:-1]}/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "unix:///var/run/docker.sock",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "x" * 4_000,
    ]


@dataclass(frozen=True)
class Run:
    """How often the bot was sent elsewhere, and where it went."""

    sent: int
    refused: int
    redirected: int
    reached: list[str]
    is_watched: bool


class Trap:
    """A listener on loopback that counts who comes."""

    def __init__(self) -> None:
        self.place = ""
        self.visits = 0

    def visit(self, _: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        """Count one, and hang up."""
        self.visits += 1
        writing.close()


@asynccontextmanager
async def trap() -> AsyncIterator[Trap]:
    """Set a trap."""
    trap = Trap()
    server = await asyncio.start_server(trap.visit, "127.0.0.1", 0)
    trap.place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield trap


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:  # noqa: ARG001  # all of it is quick
    """Click with each of them, and see where the bot goes."""
    with tempfile.TemporaryDirectory(prefix="taskbot-observer-") as folder:
        (Path(folder) / "sitecustomize.py").write_text(OBSERVER, encoding="utf-8")
        observed = Path(folder) / "observed"
        also = {"PYTHONPATH": folder, "OBSERVED": str(observed)}
        async with (
            trap() as trapped,
            stage(people=1, channels=1) as played,
            bot_process(played.slack, played.path, house=house, also=also) as bot,
        ):
            await played.is_known()
            run = await _run(played, bot, trapped, observed)
            return _figures(run, trapped)


async def _run(played: Stage, bot: BotProcess, trapped: Trap, observed: Path) -> Run:
    person, channel = played.people[0], played.channels[0]
    await person.command("/task add Fix login !quiet", channel=channel)
    answer = await person.command("/task show 1", channel=channel)
    ours = f"('127.0.0.1', {urlsplit(played.slack.url).port})"
    before = _lines(observed)
    addresses = elsewhere(trapped.place, played.slack.url)
    for address in addresses:
        await _press(played, answer, address)
    redirected = await _redirected(played, answer, trapped)
    refused = await _told(bot, "refused", len(addresses) + redirected)
    after = _lines(observed)[len(before) :]
    return Run(
        sent=len(addresses),
        refused=refused - redirected,
        redirected=redirected,
        reached=[line for line in after if not line.endswith(ours)],
        is_watched=any(line.endswith(ours) for line in before),
    )


def _lines(observed: Path) -> list[str]:
    return observed.read_text().splitlines()


async def _press(played: Stage, answer: Exchange, address: str | None) -> None:
    """A click, well signed, whose answer is to go to this address."""
    person, channel, on = played.people[0], played.channels[0], answer.latest()
    post = find(on, action_id=None, value=None, text="Post to channel")
    click = payloads.message_action(person, channel, on, post)
    if address is not None:
        (payload,) = parse_qs(click.body.decode())["payload"]
        changed = json.loads(payload) | {"response_url": address}
        click.body = urlencode({"payload": json.dumps(changed)}).encode()
    exchange = await deliver(played.slack, click)
    assert exchange.status == 200, (address, exchange)


async def _redirected(played: Stage, answer: Exchange, trapped: Trap) -> int:
    """Clicks whose own address sends the bot on to the trap."""
    fault = played.slack.faults.add(
        Fault.redirect(f"http://{trapped.place}/x", method="response_url")
    )
    await _press(played, answer, None)
    await played.slack.until(lambda: fault.hits, PATIENCE, "a redirect")
    return fault.hits


async def _told(bot: BotProcess, outcome: str, wanted: int) -> int:
    """How many posts to a response_url ended so, once it is as many as wanted, or time is up."""
    line = f'slack_api_calls_total{{method="response_url",outcome="{outcome}"}} '
    found, deadline = 0, time.monotonic() + PATIENCE
    async with aiohttp.ClientSession() as session:
        while found < wanted and time.monotonic() < deadline:
            async with session.get(bot.ops_url + "/metrics") as response:
                text = await response.text()
            found = int(float(text.partition(line)[2].split("\n")[0]))
    return found


def _figures(run: Run, trapped: Trap) -> list[Figure]:
    connections = len(run.reached) + trapped.visits
    return [
        Figure(
            id="S11",
            fault=FAULT,
            wanted="connections 0",
            measured=f"{connections} for {run.sent} addresses and {run.redirected} redirect; "
            f"{run.refused} refused",
            reached=not connections and run.refused == run.sent and run.is_watched,
            note="Every connection and look-up of the process is written down by an audit hook of "
            "Python's, and some of the addresses lead to a listener that would count a visit."
            f"{' Reached: ' if run.reached else ''}{', '.join(run.reached[:3])}",
        )
    ]
