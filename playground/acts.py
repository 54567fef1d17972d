"""Everything that people can do on the page: one function an act."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playground.controls import Control, standing_at
from playground.exchange import Exchange
from playground.forms import Incomplete, value_in
from playground.messages import JSON, Ephemeral, Message, Shown, View
from playground.offer import Offer
from playground.people import Person
from playground.snapshot import is_read_only
from playground.switches import Switches
from playground.typed import split_command
from playground.workspace import Channel


class Impossible(LookupError):
    """What cannot be done on this person's screen, in words."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An act as the page asks for it, with who acts and what they act on."""

    person: Person
    offer: Offer
    switches: Switches
    said: JSON

    def text(self, name: str) -> str:
        """Return a part that must be there."""
        value = self.said.get(name)
        if not isinstance(value, str) or not value:
            raise Impossible(f"The page did not say which {name}.")
        return value

    def channel(self) -> Channel:
        """Return the channel, if this person can open it."""
        found = self.person.workspace.channels.get(self.text("channel"))
        if found is None or not found.open_to(self.person):
            raise Impossible("There is no such channel.")
        return found

    def place_to_type(self) -> Channel:
        """Return the channel, if people can type there."""
        channel = self.channel()
        if is_read_only(channel, self.offer):
            raise Impossible("Nothing can be typed here.")
        return channel

    def shown(self) -> Shown:
        """Return the message or private answer, if it still stands on this person's screen."""
        wanted = self.text("ts")
        for shown in self.channel().seen_by(self.person):
            if shown.ts == wanted:
                return shown
        raise Impossible("That message is not there any more.")

    def message(self) -> Message:
        """Return the message that everybody sees."""
        shown = self.shown()
        if isinstance(shown, Ephemeral):
            raise Impossible("That cannot be done to a message that only you see.")
        return shown

    def view(self) -> View:
        """Return the form, or Home, if it is open on this person's screen."""
        wanted = self.text("view_id")
        for view in (*self.person.views, self.person.home):
            if view is not None and view.id == wanted:
                return view
        raise Impossible("That view is not open any more.")

    def control(self, surface: Shown | View) -> Control:
        """Return what was pressed on a surface."""
        choice = self.said.get("value", self.said.get("selected"))
        block_id, action_id = self.text("block_id"), self.text("action_id")
        return standing_at(surface, block_id=block_id, action_id=action_id, choice=choice)

    def values(self) -> dict[str, Any]:
        """Return what stands in the fields of a form, which the page says as Slack writes it."""
        blocks = self.said.get("values") or {}
        if not _is_state(blocks):
            raise Impossible("The page did not say what stands in the fields.")
        return {
            block_id: {action_id: value_in(state) for action_id, state in states.items()}
            for block_id, states in blocks.items()
        }


def _is_state(values: Any) -> bool:
    """Whether it maps blocks to actions to states."""
    return isinstance(values, dict) and all(
        isinstance(states, dict) and all(isinstance(it, dict) for it in states.values())
        for states in values.values()
    )


async def command(request: Request) -> Exchange | None:
    """Type a line that starts with a slash; Slack refuses what no app declared, but for its own."""
    line, place = request.text("text"), request.place_to_type()
    known = [it["command"] for it in request.offer.commands]
    typed, rest = split_command(line)
    ws = request.person.workspace
    if typed == "/invite" and rest.strip() == f"@{ws.people[ws.bot_user_id].name}":
        return await invite(request)
    if known and typed not in known:
        raise Impossible(f"{typed} is not a valid command.")
    return await request.person.command(line, channel=place)


async def say(request: Request) -> None:
    """Write an ordinary message."""
    request.person.says(request.text("text"), channel=request.place_to_type())


async def click(request: Request) -> Exchange:
    """Press or choose something in a message or a private answer."""
    shown = request.shown()
    return await request.person.press(shown, request.control(shown))


async def view_click(request: Request) -> Exchange:
    """Press or choose something in a form or in Home."""
    view = request.view()
    return await request.person.press(view, request.control(view), request.values())


async def submit(request: Request) -> Exchange:
    """Send a form off."""
    return await request.person.submit(request.view(), request.values())


async def close(request: Request) -> Exchange | None:
    """Dismiss a form."""
    return await request.person.close(request.view())


async def shortcut(request: Request) -> Exchange:
    """Start a global shortcut."""
    return await request.person.shortcut(request.text("callback_id"))


async def message_shortcut(request: Request) -> Exchange:
    """Start a shortcut from a message's menu."""
    return await request.person.message_shortcut(request.text("callback_id"), request.message())


async def open_home(request: Request) -> Exchange:
    """Open the app's Home tab."""
    return await request.person.open_home()


async def dismiss(request: Request) -> None:
    """Take a private answer off one's own screen."""
    shown = request.shown()
    if not isinstance(shown, Ephemeral):
        raise Impossible("Everybody sees that message: it can only be deleted.")
    request.channel().delete(shown)


async def delete(request: Request) -> None:
    """Delete a message, whosever it is, to watch what becomes of it."""
    request.channel().delete(request.message())


async def invite(request: Request) -> Exchange | None:
    """Let the app into a channel, and tell it."""
    channel, ws = request.channel(), request.person.workspace
    if channel.kind not in ("public", "private") or channel.bot_in:
        raise Impossible("The app is here already, or cannot be invited here.")
    return await channel.invite(ws.bot_user_id, by=request.person)


async def fault(request: Request) -> None:
    """Make Slack slow, rate-limited or down, or well again."""
    request.switches.turn(request.text("name"), on=request.said.get("on") is True)
    request.person.workspace.state.changes.notify()


ACTS: dict[str, Callable[[Request], Awaitable[Exchange | None]]] = {
    "command": command,
    "say": say,
    "click": click,
    "view_click": view_click,
    "submit": submit,
    "close": close,
    "shortcut": shortcut,
    "message_shortcut": message_shortcut,
    "open_home": open_home,
    "dismiss": dismiss,
    "delete": delete,
    "invite": invite,
    "fault": fault,
}


async def perform(request: Request) -> JSON:
    """Do what the page asks for, and return what came of it in words for a person."""
    act = ACTS.get(str(request.said.get("act")))
    if act is None:
        return {"ok": False, "error": "There is no such act."}
    try:
        exchange = await act(request)
    except Incomplete as incomplete:
        return {"ok": False, "error": str(incomplete), "errors": incomplete.errors}
    except LookupError as impossible:
        return {"ok": False, "error": str(impossible)}
    return _outcome(exchange) if exchange else {"ok": True}


def _outcome(exchange: Exchange) -> JSON:
    took = {"status": exchange.status, "seconds": round(exchange.seconds, 3)}
    trouble = _trouble(exchange)
    if trouble or exchange.errors:
        said = trouble or "The form cannot be saved like this."
        return {"ok": False, "error": said, "errors": exchange.errors} | took
    return {"ok": True} | took


def _trouble(exchange: Exchange) -> str | None:
    """Say what is wrong with an answer, if anything."""
    if exchange.status is None:
        return "The app did not answer: it hangs, or does not run."
    if not exchange.in_time:
        return f"The app took {exchange.seconds:.1f} s; Slack does not wait so long."
    return f"The app answered with HTTP status {exchange.status}." if exchange.failure else None
