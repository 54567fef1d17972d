"""The first conversation: three people, one task, and what each of them sees."""

import sys
from collections.abc import Iterable

from playground.exchange import Exchange
from playground.messages import Shown
from playground.people import Person
from playground.readable import Reader
from playground.slack import Slack
from playground.workspace import Channel, Workspace

TOKEN = "xoxb-demo"  # noqa: S105 — opens nothing but the stand-in
PATIENCE = 10.0
OK = 200


def say(*lines: str) -> None:
    """Print lines at once, also into a pipe."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def furnish(slack: Slack) -> Workspace:
    """Add a small team: two people in two time zones, a guest, and two channels."""
    ws = slack.add_workspace(team_id="T01", name="Acme", bot_token=TOKEN)
    maya = ws.add_person("U01", name="maya", real_name="Maya Lind", tz="Europe/Berlin")
    tom = ws.add_person("U02", name="tom", real_name="Tom Reyes", tz="America/Los_Angeles")
    ines = ws.add_person("U03", name="ines", real_name="Ines Costa", role="guest")
    ws.add_channel("C01", name="dev", members=[maya, tom])
    ws.add_channel("C02", name="launch", kind="private", members=[maya, ines])
    return ws


class Conversation:
    """Plays the steps, and prints what changed on whose screen."""

    def __init__(self, slack: Slack, workspace: Workspace, patience: float = PATIENCE) -> None:
        self._slack = slack
        self._patience = patience
        self._workspace = workspace
        self._reader = Reader(workspace)
        self._printed: dict[Shown, int] = {}
        self._maya, self._tom = workspace.people["U01"], workspace.people["U02"]
        self._dev = workspace.channels["C01"]

    async def play(self) -> None:
        """From a new task to its history."""
        await self._types(self._maya, "/task add Fix the login page @tom !high", card_edits=0)
        await self._types(self._tom, "/task list")
        await self._clicks_done(self._tom)
        await self._types(self._maya, "/task history 1")

    async def _types(self, person: Person, line: str, *, card_edits: int | None = None) -> None:
        say("", f"▸ {person.real_name} types in #{self._dev.name}: {line}")
        self._show_trouble(await person.command(line, channel=self._dev))
        if card_edits is not None:
            await self._card(card_edits)
        self._show_news()

    async def _clicks_done(self, person: Person) -> None:
        say("", f"▸ {person.real_name} presses [Done] on the card")
        self._show_trouble(await person.click(text="Done", on=self._dev.messages[0]))
        await self._card(edits=1)
        self._show_news()

    async def _card(self, edits: int) -> None:
        await self._slack.until(
            lambda: any(it.edits >= edits for it in self._dev.messages),
            seconds=self._patience,
            why="the card of the task",
        )

    def _show_trouble(self, exchange: Exchange) -> None:
        if exchange.status != OK or not exchange.in_time:
            say(f"  (the bot's answer: {exchange.error or exchange.status})")

    def _show_news(self) -> None:
        self._show("Everybody", self._dev, self._dev.messages)
        for person in self._workspace.people.values():
            for channel in self._workspace.channels.values():
                self._show(f"Only {person.real_name}", channel, person.sees(channel))

    def _show(self, who: str, channel: Channel, screen: Iterable[Shown]) -> None:
        for shown in screen:
            if self._printed.get(shown) == shown.edits:
                continue
            edited = ", edited" if shown.edits else ""
            self._printed[shown] = shown.edits
            place = f"#{channel.name}" if channel.kind != "im" else "a direct message"
            say(f"  {who} sees in {place}, from {self._reader.author(shown)}{edited}:")
            say(*(f"  │ {line}" for line in self._reader.lines(shown)))
