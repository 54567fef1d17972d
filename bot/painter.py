"""Draws what a notice is about, as it is true now: the call to Slack that tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.directory import Directory
from bot.drawing import directs
from bot.drawing.blocks import Message
from bot.drawing.cards import card
from bot.drawing.reader import Reader
from bot.talk import people_in
from store import (
    MAY_ACT,
    Clock,
    Direct,
    Directs,
    Notice,
    NoticeKind,
    Notices,
    Task,
    What,
    zone_of,
)

POST = "chat.postMessage"
UPDATE = "chat.update"


@dataclass(frozen=True, slots=True)
class Painting:
    """A call to Slack; `message` is what a response_url would take in its place."""

    method: str
    arguments: Mapping[str, Any]
    message: Mapping[str, Any] | None = None
    shown: Mapping[int, int] = field(default_factory=dict)
    """The tasks that a direct message shows, with their versions."""
    due_at: datetime | None = None
    """When it fell due, of what the clock says."""


class Painter:
    """Draws each kind of notice from the database."""

    def __init__(
        self, notices: Notices, directs: Directs, directory: Directory, clock: Clock
    ) -> None:
        self._notices = notices
        self._directs = directs
        self._directory = directory
        self._clock = clock
        self._kinds = {NoticeKind.CARD: self._card, NoticeKind.DM: self._dm}

    async def paint(self, notice: Notice) -> Painting | None:
        """What Slack is to be told now; None when that is no longer to be told at all.

        Raises:
            SlackError: whom it is for must be asked of Slack before, which cannot tell now.
        """
        return await self._kinds[notice.kind](notice)

    async def _card(self, notice: Notice) -> Painting | None:
        """The card as it is true now, with the names of those on it."""
        task = await self._notices.task(notice)
        user_ids = {user_id for user_id in people_in(task) if user_id}
        names = await self._directory.names(notice.team_id, user_ids)
        drawn = card(task, Reader(now=await self._now_for(task), names=names))
        return _message(notice, drawn, task.thread_ts)

    async def _dm(self, notice: Notice) -> Painting | None:
        """A direct message, in its reader's own words and zone; none to whoever may not act."""
        said = await self._directs.look(notice)
        reader = await self._reader(notice, said) if said else None
        if said is None or reader is None:
            return None
        shown = {} if said.what is What.TAKEN else said.tasks
        due_at = notice.about.get("at")
        return replace(
            _message(notice, directs.direct(said, reader)),
            shown={task.number: task.version for task in shown},
            due_at=datetime.fromisoformat(due_at) if due_at and notice.ts is None else None,
        )

    async def _reader(self, notice: Notice, said: Direct) -> Reader | None:
        user_id = notice.user_id or ""
        known = await self._directory.known(notice.team_id, user_id)
        if known.person is None or known.person.role not in MAY_ACT:
            return None
        everybody = {said.by, *(user_id for task in said.tasks for user_id in people_in(task))}
        user_ids = {user_id for user_id in everybody if user_id}
        return Reader(
            now=self._clock().astimezone(zone_of(known.person.zone)),
            names=await self._directory.names(notice.team_id, user_ids),
            user_id=user_id,
            role=known.person.role,
            command=known.installation.command if known.installation else "/task",
        )

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
