"""The workspace of the demo: who is in it, and what stands there when the page is opened."""

import sys
from collections.abc import Iterator
from typing import Any

from playground.people import Person
from playground.slack import Slack
from playground.workspace import Channel, Workspace

TOKEN = "xoxb-demo"  # noqa: S105 — opens nothing but the stand-in


def say(*lines: str) -> None:
    """Print lines at once, also into a pipe."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def furnish(slack: Slack) -> Workspace:
    """Add a small team in four zones, a guest, and somebody of another organisation."""
    ws = slack.add_workspace(team_id="T01", name="Acme", bot_token=TOKEN)
    add = ws.add_person
    maya = add("U01", name="maya", real_name="Maya Lind", tz="Europe/Berlin")
    tom = add("U02", name="tom", real_name="Tom Reyes", tz="America/Los_Angeles")
    priya = add("U03", name="priya", real_name="Priya Nair", tz="Asia/Kolkata", role="admin")
    kenji = add("U04", name="kenji", real_name="Kenji Sato", tz="Asia/Tokyo")
    ines = add("U05", name="ines", real_name="Ines Costa", tz="Europe/Lisbon", role="guest")
    olga = add("U06", name="olga", real_name="Olga Orlova", tz="Europe/Warsaw", role="outsider")
    ws.add_channel("C01", name="dev", members=[maya, tom, priya, kenji])
    ws.add_channel("C02", name="launch", kind="private", members=[maya, ines])
    ws.add_channel("C03", name="partners", members=[maya, priya, olga], shared=True)
    ws.add_channel("D01", kind="im", members=[maya, tom])
    for person in (maya, tom, priya, kenji, ines, olga):
        ws.dm(person)
    return ws


async def hints(workspace: Workspace) -> list[str]:
    """Return what the app itself says that one may type: the code in its answer to `help`."""
    asking = workspace.people["U01"]
    answer = await asking.command("/task help", channel=workspace.dm(asking))
    for shown in answer.shown:
        workspace.dm(asking).delete(shown)
    return list(_code_in(answer.blocks))


def _code_in(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _code_in(each)
    elif isinstance(part, dict):
        if part.get("type") == "text" and part.get("style", {}).get("code"):
            yield part["text"]
        for value in part.values():
            yield from _code_in(value)


async def begin(workspace: Workspace) -> None:
    """Have people type tasks, so that channels, Homes and direct messages show something."""
    maya, tom, priya, kenji = (workspace.people[it] for it in ("U01", "U02", "U03", "U04"))
    dev, launch = workspace.channels["C01"], workspace.channels["C02"]
    kenji.says("The login page stays blank in Safari.", channel=dev)
    await _type(maya, "/task add Fix the login page @tom friday !high", dev)
    await _type(maya, "/task add Review the release notes @me today", dev)
    await _type(priya, "/task add Describe the set-up for new colleagues @maya due next week", dev)
    await _type(tom, "/task add Renew the certificate", dev)
    await _type(tom, "/task done 4", dev)
    await _type(maya, "/task add Book a room for the launch", launch)


async def _type(person: Person, line: str, channel: Channel) -> None:
    """Type a line and dismiss its answer: it is for whoever typed it, and nobody has yet."""
    answer = await person.command(line, channel=channel)
    for shown in answer.shown:
        channel.delete(shown)
