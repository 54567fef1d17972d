"""`python -m tests.proof.shifted`: the bot, or with arguments the report, by a clock in a file."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bot_process import ROOT

FILE = "SHIFTED_BY"
MODULE = "tests.proof.shifted"
STILL = "still "


@dataclass(frozen=True)
class ShiftedClock:
    """A wall clock that is so many seconds from the true one as its file says, or stands still."""

    file: Path

    def __call__(self) -> datetime:
        said = self.file.read_text()
        if said.startswith(STILL):
            return datetime.fromisoformat(said.removeprefix(STILL))
        return datetime.now(UTC) + timedelta(seconds=float(said))

    def turn_by(self, seconds: float) -> None:
        """Have it be so far ahead of the true time, at once for all who look."""
        self._say(str(seconds))

    def stand_at(self, moment: datetime) -> None:
        """Have it be that moment until it is turned again."""
        self._say(STILL + moment.isoformat())

    def _say(self, text: str) -> None:
        begun = self.file.with_suffix(".new")
        begun.write_text(text)
        begun.replace(self.file)

    def turn_to(self, moment: datetime) -> None:
        """Have it be that moment, and go on from there."""
        self.turn_by((moment - datetime.now(UTC)) / timedelta(seconds=1))

    def environment(self) -> dict[str, str]:
        """What a bot process needs to go by it, wherever the bot lives."""
        return {FILE: str(self.file), "PYTHONPATH": str(ROOT)}


@contextmanager
def shifted_clock() -> Iterator[ShiftedClock]:
    """A clock that is right, to begin with."""
    with tempfile.TemporaryDirectory(prefix="taskbot-clock-") as folder:
        clock = ShiftedClock(Path(folder) / "ahead_by")
        clock.turn_by(0)
        yield clock


if __name__ == "__main__":
    # Not above: whoever turns the clock runs no bot.
    if sys.argv[1:]:
        from ops.__main__ import main
    else:
        from bot.__main__ import main

    sys.exit(main(ShiftedClock(Path(os.environ[FILE]))))
