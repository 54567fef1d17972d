"""Draws what a notice is about, as it is true now: the call to Slack that tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.directory import Directory
from bot.drawing import directs
from bot.drawing.blocks import Message
from bot.drawing.cards import card
from bot.drawing.home import home
from bot.drawing.reader import Reader
from bot.talk import people_in
from store import (
    MAY_ACT,
    Clock,
    Directs,
    Homes,
    Notice,
    NoticeKind,
    Notices,
    Person,
    SlackUser,
    Task,
    What,
    zone_of,
)

POST = "chat.postMessage"
UPDATE = "chat.update"
PUBLISH = "views.publish"


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
        self,
        notices: Notices,
        directs: Directs,
        homes: Homes,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._directs = directs
        self._homes = homes
        self._directory = directory
        self._clock = clock
        self._kinds = {
            NoticeKind.CARD: self._card,
            NoticeKind.DM: self._dm,
            NoticeKind.HOME: self._home,
        }

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
        user = SlackUser(notice.team_id, notice.user_id or "")
        met = await self._met(user) if said else None
        if said is None or met is None:
            return None
        everybody = {said.by, *(user_id for task in said.tasks for user_id in people_in(task))}
        reader = await self._reader(*met, everybody)
        shown = {} if said.what is What.TAKEN else said.tasks
        due_at = notice.about.get("at")
        return replace(
            _message(notice, directs.direct(said, reader)),
            shown={task.number: task.version for task in shown},
            due_at=datetime.fromisoformat(due_at) if due_at and notice.ts is None else None,
        )

    async def _home(self, notice: Notice) -> Painting | None:
        return await self.home(SlackUser(notice.team_id, notice.subject))

    async def home(self, user: SlackUser, said: Message | None = None) -> Painting | None:
        """Somebody's Home as it is true now; none for whoever may not act.

        Raises:
            SlackError: as `paint`
        """
        met = await self._met(user)
        if met is None:
            return None
        person, command = met
        found = await self._homes.look(person, self._now_of(person))
        reader = await self._reader(person, command, {*people_in(found), user.user_id})
        return Painting(PUBLISH, {"user_id": user.user_id, "view": home(found, reader, said)})

    async def _met(self, user: SlackUser) -> tuple[Person, str] | None:
        """A person who has rights here, and by which name they call the command.

        None of another workspace: by our token its ids would be somebody else's.
        """
        if user.team_id not in self._directory.teams:
            return None
        known = await self._directory.known(user.team_id, user.user_id)
        if known.person is None or known.person.role not in MAY_ACT:
            return None
        return known.person, known.installation.command if known.installation else "/task"

    async def _reader(self, person: Person, command: str, everybody: set[str | None]) -> Reader:
        user_ids = {user_id for user_id in everybody if user_id}
        return Reader(
            now=self._now_of(person),
            names=await self._directory.names(person.team_id, user_ids),
            user_id=person.user_id,
            role=person.role,
            command=command,
        )

    def _now_of(self, person: Person) -> datetime:
        return self._clock().astimezone(zone_of(person.zone))

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
