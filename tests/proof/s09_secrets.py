"""S9: secrets that would be known again go through everything, at DEBUG; they turn up nowhere."""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from playground import Exchange, Fault, Person
from playground.controls import controls
from playground.signing import signed_headers
from tests.bot_process import ROOT, BotProcess, bot_process, refused_start, settings
from tests.knocks import FORM, NO_HTTP, answer_to, form
from tests.proof.figures import Figure, Size
from tests.proof.stage import Stage, stage

FAULT = "secrets that would be known again, at DEBUG, through faults of all kinds"
SECRET = "canary-signing-secret-5f1d"
TOKEN = "xoxb-canary-bot-token-7c2e"
PASSWORD = "canary-database-password-9a3b"
TITLE = "canary-title-4e8d"
PATIENCE = 20.0

VERBS = (
    "",
    f"add {TITLE} !quiet",
    f"add {TITLE} due friday",
    "list all",
    f"list {TITLE}",
    "show 1",
    "done 1",
    "reopen 1",
    "start 1",
    "assign 1 me",
    "due 1 tomorrow",
    "priority 1 high",
    f"edit 1 {TITLE} again",
    f"note 1 {TITLE} noted",
    "history 1",
    "delete 1 2",
    "undo",
    "restore 1",
    "help add",
    f"lsit {TITLE}",
    f"show {TITLE}",
    "show 99",
    "due 1 12/3",
)


@dataclass
class Heard:
    """What came out of the bot, by where."""

    answers: list[str] = field(default_factory=list)
    operator: list[str] = field(default_factory=list)

    def note(self, exchange: Exchange) -> None:
        """Remember an answer."""
        self.answers.append(json.dumps(exchange.body))


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Go through everything, then look everywhere."""
    heard = Heard()
    canaries = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": TOKEN, "LOG_LEVEL": "DEBUG"}
    async with stage(people=2, channels=3, secret=SECRET, token=TOKEN) as played:
        async with bot_process(played.slack, played.path, house=house, also=canaries) as bot:
            await played.is_known()
            await _everyday(played, heard)
            for fault in _faults()[:: size.of(1, 4)]:
                await _slack_is_broken(played, heard, fault)
            await _database_is_locked(played, heard)
            await _database_is_broken(played, heard)
            await _strangers(played, heard)
            await _look_at_operator(bot, heard)
            await bot.stopped()
        heard.answers += [await _refused(played, also) for also in REFUSED_STARTS[:: size.of(1, 4)]]
        places = _places(played, bot, heard)
        return _figures(places, _keys(played))


async def _everyday(played: Stage, heard: Heard) -> None:
    """Every verb, and every button that an answer offers."""
    person, channel = played.people[0], played.channels[0]
    for text in VERBS:
        answer = await person.command(f"/task {text}".strip(), channel=channel)
        heard.note(answer)
        await _press_all(person, answer, heard)


async def _press_all(person: Person, answer: Exchange, heard: Heard) -> None:
    for control in list(controls(answer.latest())):
        heard.note(await person.press(answer.latest(), control))


def _faults() -> list[Fault]:
    """Each way in which a call to Slack can end badly."""
    return [
        Fault.reset(),
        Fault.status(500, "<html>no</html>"),
        Fault.status(200, "no JSON"),
        Fault.status(302),
        Fault.error("internal_error"),
        Fault.error("invalid_auth"),
        Fault.error("a_code_never_heard_of"),
        Fault.hang(),
        # After it no call is made for a second, and none could be spoilt.
        Fault.ratelimited(1),
    ]


async def _slack_is_broken(played: Stage, heard: Heard, fault: Fault) -> None:
    """People go on while no call to Slack ends well."""
    person, channel = played.people[0], played.channels[1]
    played.slack.faults.add(fault)
    for text in (f"add {TITLE}", "list all"):
        answer = await person.command(f"/task {text}", channel=channel)
        heard.note(answer)
        await _press_all(person, answer, heard)
    await _has_struck(played, fault)
    played.slack.faults.remove(fault)


async def _has_struck(played: Stage, fault: Fault) -> None:
    await played.slack.until(lambda: fault.hits, PATIENCE, fault.kind)


async def _database_is_locked(played: Stage, heard: Heard) -> None:
    """Somebody else writes, and does not stop."""
    with closing(sqlite3.connect(played.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        heard.note(await played.people[0].command(f"/task add {TITLE}", channel=played.channels[0]))
        connection.execute("ROLLBACK")


async def _database_is_broken(played: Stage, heard: Heard) -> None:
    """A table that is not there: our fault, with a traceback."""
    with closing(sqlite3.connect(played.path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE task_events RENAME TO elsewhere")
        answer = await played.people[0].command(f"/task add {TITLE}", channel=played.channels[0])
        connection.execute("ALTER TABLE elsewhere RENAME TO task_events")
    assert "tell whoever runs Taskbot" in answer.text, answer.text
    heard.note(answer)


async def _strangers(played: Stage, heard: Heard) -> None:
    """What is refused at the door holds the secrets as well."""
    url, told = played.slack.request_url, f"{SECRET} {TOKEN} {TITLE}"
    body = form(text=told, token=TOKEN, response_url=f"https://hooks.slack.com/{SECRET}")
    headers = signed_headers("another", body, time.time(), FORM)
    async with aiohttp.ClientSession() as session:
        for extra in ({}, {"Authorization": f"Bearer {TOKEN}"}, {"X-Slack-Signature": SECRET}):
            async with session.post(url, data=body, headers=headers | extra) as response:
                heard.answers.append(await response.text())
        async with session.get(f"{url}?token={TOKEN}") as response:
            heard.answers.append(await response.text())
    for said in NO_HTTP.values():
        await answer_to(url, said.replace("Hush-hush", TOKEN))


REFUSED_STARTS: tuple[Mapping[str, str], ...] = (
    {"DATABASE_URL": f"postgresql+asyncpg://taskbot:{PASSWORD}@localhost/tasks"},
    {"SLACK_API_URL": f"slack://taskbot:{PASSWORD}@localhost/"},
    {"SLACK_BOT_TOKEN": TOKEN.removeprefix("xoxb-")},
    {"SLACK_SIGNING_SECRET": "", "PORT": "none"},
)


async def _refused(played: Stage, also: Mapping[str, str]) -> str:
    """What a bot says that does not start."""
    canaries = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": TOKEN}
    code, said = await refused_start(settings(played.slack, played.path) | canaries | {**also})
    assert code == 2, said
    return said


async def _look_at_operator(bot: BotProcess, heard: Heard) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/health", "/health/live", "/metrics", "/"):
            async with session.get(bot.ops_url + path) as response:
                heard.operator.append(await response.text())


def _keys(played: Stage) -> list[str]:
    """What cannot be guessed of each response_url that was handed out."""
    return played.slack.tickets.keys


def _places(played: Stage, bot: BotProcess, heard: Heard) -> dict[str, str]:
    """Everything that was written, by where."""
    files = [path for path in played.path.parent.iterdir() if path.suffix != ".log"]
    told = [call.args for call in played.slack.calls]
    return {
        "the log": bot.output.read_text(encoding="utf-8"),
        "the operator's side": "\n".join(heard.operator),
        "answers": "\n".join(heard.answers),
        "what Slack was told": json.dumps(told),
        "the database": "".join(path.read_bytes().decode("latin-1") for path in files),
    }


def _figures(places: Mapping[str, str], keys: list[str]) -> list[Figure]:
    hidden = {"signing secret": [SECRET], "token": [TOKEN, TOKEN[5:]], "password": [PASSWORD]}
    hidden["response_url"] = keys
    found = [
        f"{name} in {place}"
        for place, text in places.items()
        for name, canaries in hidden.items()
        if any(canary in text for canary in canaries)
    ]
    found += [
        f"title in {place}"
        for place in ("the log", "the operator's side")
        if TITLE in places[place]
    ]
    size = sum(map(len, places.values()))
    assert '"debug"' in places["the log"], "nothing was logged at DEBUG"
    return [
        Figure(
            id="S9",
            fault=FAULT,
            wanted="found 0",
            measured=f"{len(found)} in {size // 1024:,} KiB {', '.join(found)}".rstrip(),
            reached=not found and len(keys) > len(VERBS),
            note=f"Looked for the signing secret, the token, a database password, {len(keys)} "
            f"response URLs, and in the log also a title. Looked into: {', '.join(places)}.",
        )
    ]
