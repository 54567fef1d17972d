"""A stand-in Slack workspace on loopback, with Slack's limits and faults."""

from playground.blocks import check_message, check_view
from playground.exchange import Exchange
from playground.faults import Fault
from playground.live import Live, LiveParts, live_parts
from playground.messages import Ephemeral, Message, View
from playground.people import Person
from playground.slack import Slack
from playground.state import ApiCall
from playground.workspace import Channel, Workspace

__all__ = [
    "ApiCall",
    "Channel",
    "Ephemeral",
    "Exchange",
    "Fault",
    "Live",
    "LiveParts",
    "Message",
    "Person",
    "Slack",
    "View",
    "Workspace",
    "check_message",
    "check_view",
    "live_parts",
]
