"""S10: line ends, terminal commands and a megabyte in every value that is logged."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playground import Fault
from tests.bot_process import ROOT, bot_process
from tests.proof.figures import Figure, Size
from tests.proof.planted import ROOMS
from tests.proof.stage import stage

FAULT = "CR, LF, ANSI, U+2028 and 1 MB in every logged value"
LINE_MAX = 8 * 1024
MEGABYTE = 1024 * 1024
PATIENCE = 20.0

HOSTILE = (
    "one\r\ntwo",
    '\n{"event": "forged", "level": "critical"}\n',
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31m\x85\x0b\x0c",
    "\u2028\u2029",
    "\u202eevil\u2066",
    "\ud800",
    "\x00",
    '"}\\',
    "x" * MEGABYTE,
    "\U0001f600" * (MEGABYTE // 4),
    "\n" * MEGABYTE,
)

# Logs every event of ours with every hostile value in every place, as the bot would.
SPEAKER = """
import json, logging, sys
import structlog
from ops.logging import configure_logging

configure_logging("DEBUG", "json")
events, hostile = json.load(sys.stdin)
log = structlog.get_logger()
library = logging.getLogger("some.library")

for text in hostile:
    for event, names in events:
        log.info(event, **dict.fromkeys(names, text))
    with structlog.contextvars.bound_contextvars(request_id=text, team=text, user=text):
        log.info(text)
    library.warning(text)
    library.warning("%s and %r", text, [text])
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed", reference=text)
        library.exception("failed")
"""
BESIDE = 5
"""Lines for each hostile value beside those of our own events."""


@dataclass(frozen=True)
class Lines:
    """What was logged, of which so many lines were expected; None: nobody counted."""

    lines: list[bytes]
    expected: int | None = None

    @property
    def wrong(self) -> int:
        """Lines that are no JSON object, that hold what is not plain, or that are missing."""
        missing = 0 if self.expected is None else abs(self.expected - len(self.lines))
        return missing + sum(not _is_one_object(line) for line in self.lines)

    @property
    def longest(self) -> int:
        """Bytes in the longest."""
        return max(map(len, self.lines), default=0)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Log everything, and have Slack say such things to the bot."""
    hostile = HOSTILE[:: size.of(1, 2)]
    events = list(logged(house))
    spoken = await asyncio.to_thread(_speak, house, events, hostile)
    heard = await _hear(house, hostile)
    values = sum(len(names) for _, names in events)
    return [
        Figure(
            id="S10",
            fault=FAULT,
            wanted=f"one valid JSON line of at most {LINE_MAX // 1024} KiB each",
            measured=f"{lines.wrong} wrong or missing of {len(lines.lines):,} lines {where}, "
            f"the longest {lines.longest:,} bytes",
            reached=not lines.wrong and 0 < lines.longest <= LINE_MAX,
            note=f"{values} values of {len(events)} events, found in the source; {len(hostile)} "
            "texts in each, in exceptions, and in what libraries log.",
        )
        for lines, where in ((spoken, "of all events"), (heard, "of a bot that Slack says it to"))
    ]


def logged(house: Path) -> Iterator[tuple[str, list[str]]]:
    """Each event that is logged anywhere, with the names of its values."""
    for room in ROOMS:
        for path in sorted((house / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _is_logging(node.func):
                    names = [keyword.arg for keyword in node.keywords if keyword.arg]
                    yield ast.unparse(node.args[0]), names


def _is_logging(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "log"
        and called.attr in {"debug", "info", "warning", "error", "exception"}
    )


def _speak(house: Path, events: list[tuple[str, list[str]]], hostile: tuple[str, ...]) -> Lines:
    ran = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", SPEAKER],
        cwd=house,
        input=json.dumps([events, hostile]).encode(),
        capture_output=True,
        timeout=300,
        check=True,
    )
    return Lines(ran.stdout.splitlines(), len(hostile) * (len(events) + BESIDE))


async def _hear(house: Path, hostile: tuple[str, ...]) -> Lines:
    """Slack answers with such texts where the bot expects the code of an error."""
    async with stage(people=1, channels=len(hostile)) as played:
        async with bot_process(played.slack, played.path, house=house) as bot:
            await played.is_known()
            for text, channel in zip(hostile, played.channels, strict=True):
                fault = Fault.error(text, method="chat.postMessage", channel=channel.id)
                played.slack.faults.add(fault)
                await played.people[0].command("/task add Fix login", channel=channel)
            await played.slack.until(
                lambda: all(fault.hits for fault in played.slack.faults), PATIENCE, "refusals"
            )
            await bot.stopped()
        return Lines(bot.output.read_bytes().splitlines())


def _is_one_object(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    try:
        return isinstance(json.loads(line), dict) and text.isascii() and text.isprintable()
    except ValueError:
        return False
