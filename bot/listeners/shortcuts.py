"""What is done about each shortcut."""

from collections.abc import Mapping
from typing import Any

from bot.drawing import forms
from bot.drawing.examples import INSTEAD_OF_NEW
from bot.listeners.views import open_new
from bot.reading.message import read_message
from bot.talk import Talk
from store import Origin

Shortcut = Mapping[str, Any]


async def make_task(shortcut: Shortcut, origin: Origin, talk: Talk) -> None:
    """A form for a task, filled in from a message and linked back to it."""
    quoted = read_message(shortcut)
    reader = await talk.reader(quoted)
    form = forms.from_message(quoted, reader, talk.opened(), origin.channel)
    await talk.open(forms.new_task(form, reader), *INSTEAD_OF_NEW)


async def new_task(origin: Origin, talk: Talk) -> None:
    """A form for a task that belongs to no channel yet."""
    await open_new(origin, talk)
