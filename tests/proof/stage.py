"""Where a proof is played: a stand-in Slack with people and channels, and a folder that goes."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playground import Channel, Person, Slack, Workspace
from tests.bot_process import rows
from tests.conftest import SECRET, TOKEN, eventually
from tests.proof import checker
from tests.proof.history import history_of

TEAM = "T01"
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "UTC")
PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True)
class CaughtUp:
    """Seconds until Slack was told everything: at the earliest by its limits, and as it was."""

    allowed: float = 0.0
    taken: float = 0.0

    def __str__(self) -> str:
        return f"Slack's limits allowed it after {self.allowed:.1f} s, it took {self.taken:.1f} s"

    @property
    def late(self) -> float:
        """How much longer it took than it had to."""
        return max(self.taken - self.allowed, 0.0)


@dataclass(frozen=True)
class Stage:
    """A workspace that nobody but the proof uses."""

    slack: Slack
    team: Workspace
    people: list[Person]
    channels: list[Channel]
    path: Path

    async def is_known(self) -> None:
        """Wait until the bot knows everybody, and have it meet every channel.

        What is never seen costs a question to Slack before the first answer, once.
        """
        asked = "SELECT count(*) FROM people"
        everybody = len(self.team.people)
        await eventually(lambda: rows(self.path, asked)[0][0] >= everybody, PATIENCE)
        somebody = self.people[0]
        await asyncio.gather(
            *(somebody.command("/task list", channel=channel) for channel in self.channels)
        )
        seen = "SELECT count(*) FROM channels"
        await eventually(lambda: rows(self.path, seen)[0][0] >= len(self.channels), PATIENCE)

    async def until_told(self, within: float) -> CaughtUp:
        """Wait until Slack was told everything, at most so long beyond what its limits cost."""
        began = time.time()
        history = history_of((), self.slack, self.path)
        allowed = checker.earliest_told(history, began) - began
        waiting = "SELECT count(*) FROM notices WHERE told < wanted"
        with contextlib.suppress(TimeoutError):
            await eventually(lambda: rows(self.path, waiting) == [(0,)], allowed + within + 1)
        return CaughtUp(allowed=allowed, taken=time.time() - began)


@asynccontextmanager
async def stage(
    people: int = 16,
    channels: int = 20,
    secret: str = SECRET,
    token: str = TOKEN,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Stage]:
    """Whatever real Slack would have refused ends the proof."""
    with tempfile.TemporaryDirectory(prefix="taskbot-proof-") as folder:
        async with Slack.running(signing_secret=secret, clock=clock) as slack:
            team = slack.add_workspace(team_id=TEAM, name="Acme", bot_token=token)
            cast = [
                team.add_person(f"U{at:02}", name=f"person{at}", tz=ZONES[at % len(ZONES)])
                for at in range(1, people + 1)
            ]
            places = [
                team.add_channel(f"C{at:02}", name=f"room{at}") for at in range(1, channels + 1)
            ]
            for place in places:
                for somebody in cast:
                    place.join(somebody)
            yield Stage(slack, team, cast, places, Path(folder) / "taskbot.db")
            # How late an answer comes is a figure, and measured as such.
            wrong = [one for one in slack.violations if "not answered within" not in one]
            assert not wrong, f"{len(wrong)} violations of Slack's rules: {wrong[:3]}"
