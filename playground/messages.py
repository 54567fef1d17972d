"""What stands on people's screens: messages, private answers, forms and Home."""

from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass(eq=False, kw_only=True)
class Message:
    """A message that everybody in its channel sees."""

    channel_id: str
    ts: str
    user: str
    text: str
    permalink: str
    team_id: str
    blocks: list[JSON] = field(default_factory=list)
    bot_id: str | None = None
    app_id: str | None = None
    thread_ts: str | None = None
    client_msg_id: str | None = None
    edits: int = 0
    edited_ts: str | None = None
    deleted: bool = False

    def payload(self) -> JSON:
        """Return the message the way Slack writes it into answers and interactions."""
        shown: JSON = {"type": "message", "user": self.user, "ts": self.ts, "team": self.team_id}
        shown["text"] = self.text
        optional = {
            "blocks": self.blocks or None,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "thread_ts": self.thread_ts,
            "client_msg_id": self.client_msg_id,
            "edited": {"user": self.user, "ts": self.edited_ts} if self.edited_ts else None,
        }
        return shown | {key: value for key, value in optional.items() if value is not None}


@dataclass(eq=False, kw_only=True)
class Ephemeral:
    """A message that one person alone sees."""

    channel_id: str
    user_id: str
    ts: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    from_slackbot: bool = False
    edits: int = 0
    deleted: bool = False


Shown = Message | Ephemeral


@dataclass(eq=False, kw_only=True)
class View:
    """A modal on somebody's screen, or somebody's App Home."""

    id: str
    team_id: str
    app_id: str
    bot_id: str
    hash: str
    content: JSON
    root_view_id: str
    previous_view_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    versions: int = 1
    closed: bool = False

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.content["type"])

    @property
    def blocks(self) -> list[JSON]:
        """The blocks shown now."""
        blocks: list[JSON] = self.content["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        """The app's own name for this kind of view."""
        return str(self.content.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        """What the app keeps in the view unseen."""
        return str(self.content.get("private_metadata", ""))

    def payload(self, values: JSON | None = None) -> JSON:
        """Return the view the way Slack writes it into answers and interactions."""
        shown: JSON = {
            "id": self.id,
            "team_id": self.team_id,
            "app_id": self.app_id,
            "app_installed_team_id": self.team_id,
            "bot_id": self.bot_id,
            "hash": self.hash,
            "root_view_id": self.root_view_id,
            "previous_view_id": self.previous_view_id,
            "state": {"values": values or {}},
        }
        return _EMPTY_VIEW | self.content | shown


_EMPTY_VIEW: JSON = {
    "callback_id": "",
    "private_metadata": "",
    "external_id": "",
    "title": None,
    "submit": None,
    "close": None,
    "clear_on_close": False,
    "notify_on_close": False,
}
