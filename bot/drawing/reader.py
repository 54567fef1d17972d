"""Whoever reads what is drawn: on what clock, with which names, and by which command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.drawing.blocks import shortened
from store import Role, Task

NOBODY = "nobody"
SOMEBODY = "somebody"
NAME_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The eyes that a message is drawn for; what everybody in a channel sees has no `user_id`."""

    now: datetime
    """On the clock of who reads, with an IANA zone; on a card, which many read, its creator's."""
    names: Mapping[str, str]
    """The names of people by user id."""
    user_id: str = ""
    role: Role = Role.GUEST
    command: str = "/task"
    latest: tuple[Task, ...] = ()
    """The reader's own last tasks, to be named where another was not found."""

    def may_delete(self, task: Task) -> bool:
        """Whether the reader may delete the task or bring it back."""
        return task.may_delete(self.user_id, self.role)

    def name(self, user_id: str | None) -> str:
        """The name of a person; nobody is nobody, and one whom we cannot name is somebody."""
        if not user_id:
            return NOBODY
        return shortened(self.names.get(user_id) or SOMEBODY, NAME_MAX)
