"""Draws what a notice is about, as it is true now: the call to Slack that tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.directory import Directory
from bot.drawing.blocks import Message
from bot.drawing.cards import card
from bot.drawing.reader import Reader
from bot.talk import people_in
from store import Clock, Notice, NoticeKind, Notices, Task

POST = "chat.postMessage"
UPDATE = "chat.update"


@dataclass(frozen=True, slots=True)
class Painting:
    """A call to Slack; `message` is what a response_url would take in its place."""

    method: str
    arguments: Mapping[str, Any]
    message: Mapping[str, Any] | None = None


class Painter:
    """Draws each kind of notice from the database."""

    def __init__(self, notices: Notices, directory: Directory, clock: Clock) -> None:
        self._notices = notices
        self._directory = directory
        self._clock = clock
        self._kinds = {NoticeKind.CARD: self._card}

    async def paint(self, notice: Notice) -> Painting | None:
        """What Slack is to be told now; None when that is no longer to be told at all."""
        return await self._kinds[notice.kind](notice)

    async def _card(self, notice: Notice) -> Painting | None:
        """The card as it is true now, with the names of those on it."""
        task = await self._notices.task(notice)
        user_ids = {user_id for user_id in people_in(task) if user_id}
        names = await self._directory.names(notice.team_id, user_ids)
        drawn = card(task, Reader(now=await self._now_for(task), names=names))
        return _message(notice, drawn, task.thread_ts)

    async def _now_for(self, task: Task) -> datetime:
        """The clock of a card's creator, since everybody who reads it has another."""
        if task.due is None:
            return self._clock()
        return self._clock().astimezone(await self._directory.zone(task.team_id, task.creator_id))


def _message(notice: Notice, drawn: Message, thread_ts: str | None = None) -> Painting:
    """A message to be posted, or to be put in the place of what stands there."""
    message = drawn.as_json()
    arguments = {"channel": notice.channel_id, "parse": "none", **message}
    if notice.ts is not None:
        return Painting(UPDATE, arguments | {"ts": notice.ts}, message)
    thread = {"thread_ts": thread_ts} if thread_ts else {}
    return Painting(POST, arguments | thread | {"client_msg_id": notice.client_msg_id})
