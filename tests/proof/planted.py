"""Bots with a fault planted in them: a proof that does not see it proves nothing.

The source is copied and one line of the copy changed; nothing is patched in a running process.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bot_process import ROOT

ROOMS = ("bot", "ops", "store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One line of the source as it is, and as a careless hand would have it."""

    name: str
    file: str
    line: str
    instead: str


ANSWER_BEFORE_COMMIT = Fault(
    name="answered before the commit",
    file="store/database.py",
    line="self._settle = lambda: self.outcome.set_result(value)",
    instead="self.outcome.get_loop().call_soon_threadsafe(self.outcome.set_result, value); "
    "time.sleep(0.02)",
)
NOT_SYNCED = Fault(
    name="a commit is not synced",
    file="store/database.py",
    line='"synchronous=FULL"',
    instead='"synchronous=NORMAL"',
)
FULL_IS_NO_FAULT = Fault(
    name="a disk that is full is a fault that nobody knows",
    file="store/database.py",
    line="raise NotSaved(_sqlite_reason(error)) from error",
    instead="raise",
)
NO_REQUEST_KEY = Fault(
    name="no request key is kept",
    file="store/tasks.py",
    line="if change.events:",
    instead="if False:",
)
SIGNATURE_UNCHECKED = Fault(
    name="the signature is not checked",
    file="bot/doorway.py",
    line="self._check_signature(request, raw)",
    instead="pass",
)
TITLE_READ_OUT_RAW = Fault(
    name="the text that is read out is not escaped",
    file="bot/drawing/blocks.py",
    line='"text": _cut(escape(self.text)),',
    instead='"text": _cut(self.text),',
)
TITLE_DRAWN_RAW = Fault(
    name="rows of lists are drawn with Slack's markup",
    file="bot/drawing/blocks.py",
    line='return {"type": "section", "text": plain(text)}',
    instead='return {"type": "section", "text": {"type": "mrkdwn", "text": text}}',
)
LIBRARIES_TALK = Fault(
    name="a library may log what it sends",
    file="ops/logging.py",
    line='"slack_sdk": logging.WARNING,',
    instead='"slack_sdk": logging.DEBUG,',
)
ANY_RESPONSE_URL = Fault(
    name="any response_url is posted to",
    file="bot/slack.py",
    line="if _place(response_url) not in self._response_places:",
    instead="if not response_url:",
)

ONLY_THE_LAST_MINUTE = Fault(
    name="what fell due more than a minute ago is not told",
    file="store/reminders.py",
    line="if row.is_open:",
    instead="if row.is_open and (now - row.remind_at).seconds < 60:",
)
LEASES_ALONE = Fault(
    name="a lease that ran out lets a message be told while it is being told",
    file="bot/delivery.py",
    line="closed = replace(self._pace.closed(), notices=tuple(self._calls.values()))",
    instead="closed = self._pace.closed()",
)
SKEW_UNSAID = Fault(
    name="a clock that is not Slack's is not told of",
    file="bot/doorway.py",
    line="advice = self._skew.note(seconds)",
    instead="advice: Advice = {}",
)

SEEN_ONCE = Fault(
    name="whoever comes again is not noted",
    file="store/contacts.py",
    line="where=sa.or_(day < first, day > last, is_late),",
    instead="where=day < first,",
)

NUMBERS_ALONE = Fault(
    name="a task is found by its number, whoever asks",
    file="store/visible.py",
    line="return sa.select(tasks).where(number_is_asked, _rule(ways, bound))",
    instead="return sa.select(tasks).where(number_is_asked)",
)

ANY_LENGTH = Fault(
    name="a body is read however long it is",
    file="bot/doorway.py",
    line="BODY_MAX = 256 * 1024",
    instead="BODY_MAX = 2**40",
)
NEVER_CLOSED = Fault(
    name="a connection that brings nothing stays open",
    file="bot/connections.py",
    line="connection.force_close()",
    instead="continue",
)
MALFORMED_UNCAUGHT = Fault(
    name="what is no payload of Slack's is not caught",
    file="bot/doorway.py",
    line="except Malformed as error:",
    instead="except BufferError as error:",
)
LINES_RAW = Fault(
    name="what ends a line is logged as it is",
    file="ops/logging.py",
    line="_render_json = structlog.processors.JSONRenderer(ensure_ascii=True)",
    instead="_render_json = structlog.processors.JSONRenderer(ensure_ascii=False)",
)
MORE_PATHS = Fault(
    name="another path is answered on Slack's port",
    file="bot/doorway.py",
    line="app.router.add_post(PATH, self._enter)",
    instead='app.router.add_post("/{any:.*}", self._enter)',
)
WAITS_TOO_LONG = Fault(
    name="a write waits for the lock for longer than Slack waits for an answer",
    file="store/database.py",
    line="WAIT_SECONDS = 1.5",
    instead="WAIT_SECONDS = 30.0",
)

FAILED_IS_UNSAVED = Fault(
    name="of whatever fails it is said that nothing was saved",
    file="bot/errors.py",
    line="if saved is None:",
    instead="if saved is not ...:",
)


@contextmanager
def planted(fault: Fault) -> Iterator[Path]:
    """A house with this fault in it, to be run as the bot in the place of the real one."""
    with tempfile.TemporaryDirectory(prefix="taskbot-planted-") as folder:
        house = Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
        spoilt = house / fault.file
        source = spoilt.read_text(encoding="utf-8")
        assert source.count(fault.line) == 1, f"{fault.file} has no such line: {fault.line}"
        spoilt.write_text(source.replace(fault.line, fault.instead), encoding="utf-8")
        yield house
