"""Who is in a channel that is not public: a list of Slack's, taken whole, corrected by events."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.tables import channel_members

_ADD = sqlite.insert(channel_members).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Members:
    """The list of one channel, in one transaction."""

    connection: sa.Connection
    team_id: str
    channel_id: str

    def replace(self, user_ids: Collection[str]) -> None:
        """Put a list in the place of the former one."""
        self.forget()
        rows = [self._row(user_id) for user_id in user_ids]
        if rows:
            self.connection.execute(_ADD, rows)

    def forget(self) -> None:
        """Know of nobody any more."""
        self.connection.execute(channel_members.delete().where(self._is_listed()))

    def add(self, user_id: str) -> None:
        """Put somebody on the list, if there is one: one who came is not all who are there."""
        listed = sa.select(channel_members.c.user_id).where(self._is_listed()).limit(1)
        if self.connection.scalar(listed) is not None:
            self.connection.execute(_ADD, self._row(user_id))

    def strike(self, user_id: str) -> None:
        """Take somebody off the list."""
        one = sa.and_(self._is_listed(), channel_members.c.user_id == user_id)
        self.connection.execute(channel_members.delete().where(one))

    def _is_listed(self) -> sa.ColumnElement[bool]:
        listed = channel_members.c
        return sa.and_(listed.team_id == self.team_id, listed.channel_id == self.channel_id)

    def _row(self, user_id: str) -> dict[str, str]:
        return {"team_id": self.team_id, "channel_id": self.channel_id, "user_id": user_id}
