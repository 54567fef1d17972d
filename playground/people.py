"""A person in the workspace, and everything a person can do to a bot."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from playground import controls, forms, payloads
from playground.courier import deliver
from playground.exchange import Exchange
from playground.messages import JSON, Message, Shown, View
from playground.typed import escaped, split_command

if TYPE_CHECKING:
    from playground.workspace import Channel, Workspace

Role = Literal[
    "owner",
    "admin",
    "member",
    "guest",
    "single_channel_guest",
    "bot",
    "deactivated",
    "outsider",
]


@dataclass(eq=False, kw_only=True)
class Person:
    """Somebody with a Slack account, seen from one workspace."""

    workspace: "Workspace"
    id: str
    name: str
    real_name: str
    tz: str
    role: Role
    home_team_id: str
    views: list[View] = field(default_factory=list)
    home: View | None = None

    @property
    def modal(self) -> View | None:
        """The modal on top of this person's screen."""
        return self.views[-1] if self.views else None

    def rename(self, *, name: str | None = None, real_name: str | None = None) -> None:
        """Change the display name, the real name, or both."""
        self.name = name or self.name
        self.real_name = real_name or self.real_name
        self._changed()

    def set_tz(self, tz: str) -> None:
        """Move to another time zone."""
        self.tz = tz
        self._changed()

    def set_role(self, role: Role) -> None:
        """Become a guest, an admin or whatever else."""
        self.role = role
        self._changed()

    def deactivate(self) -> None:
        """Lose the account."""
        self.set_role("deactivated")

    def _changed(self) -> None:
        self.workspace.state.changes.notify()

    def sees(self, channel: "Channel | str") -> list[Shown]:
        """Return what stands on this person's screen in a channel, oldest first."""
        place = self.workspace.channel(channel)
        return place.seen_by(self)

    def says(
        self, text: str, *, channel: "Channel | str", thread: Message | None = None
    ) -> Message:
        """Post an ordinary message."""
        place = self._in(channel)
        message = self.workspace.message(
            place.id,
            user=self.id,
            text=escaped(text, self.workspace),
            thread_ts=(thread.thread_ts or thread.ts) if thread else None,
        )
        return place.post(message)

    async def command(
        self, line: str, *, channel: "Channel | str", escape: bool = True
    ) -> Exchange:
        """Type a whole line that starts with a slash command."""
        command, text = split_command(line)
        if escape:
            text = escaped(text, self.workspace)
        place = self._in(channel)
        return await deliver(
            self.workspace.state, payloads.command(self, place, command=command, text=text)
        )

    async def click(
        self,
        action_id: str | None = None,
        *,
        on: "Shown | Exchange | View",
        value: str | None = None,
        text: str | None = None,
    ) -> Exchange:
        """Use a button, menu or picker; `value` and `text` say which of several."""
        surface = on.latest() if isinstance(on, Exchange) else on
        control = controls.find(surface, action_id=action_id, value=value, text=text)
        return await self.press(surface, control)

    async def press(
        self,
        surface: "Shown | View",
        control: controls.Control,
        values: dict[str, Any] | None = None,
    ) -> Exchange:
        """Use one control that stands in a message, a form or Home; `values` as in `submit`."""
        if isinstance(surface, View):
            interaction = payloads.view_action(self, surface, control, values or {})
        else:
            place = self.workspace.channel(surface.channel_id)
            interaction = payloads.message_action(self, place, surface, control)
        return await deliver(self.workspace.state, interaction)

    async def shortcut(self, callback_id: str) -> Exchange:
        """Start a global shortcut."""
        return await deliver(self.workspace.state, payloads.shortcut(self, callback_id))

    async def message_shortcut(self, callback_id: str, message: Message) -> Exchange:
        """Start a shortcut from the menu of a message."""
        place = self.workspace.channel(message.channel_id)
        return await deliver(
            self.workspace.state, payloads.message_shortcut(self, place, message, callback_id)
        )

    async def submit(
        self, view: View | None = None, values: dict[str, Any] | None = None
    ) -> Exchange:
        """Fill in a form and press its submit button; `values` by block_id or action_id."""
        form = self._form(view)
        state = forms.filled(form, values or {})
        forms.insist(form, state)
        return await deliver(self.workspace.state, payloads.submission(self, form, state))

    async def close(self, view: View | None = None) -> Exchange | None:
        """Dismiss a form; the app hears of it only when it asked to."""
        form = self._form(view)
        self.views.remove(form)
        form.closed = True
        self._changed()
        if not form.content.get("notify_on_close"):
            return None
        return await deliver(self.workspace.state, payloads.closing(self, form))

    async def open_home(self, tab: str = "home") -> Exchange:
        """Open the app's Home or Messages tab."""
        event: JSON = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.workspace.dm(self).id,
            "tab": tab,
            "event_ts": self.workspace.state.next_ts(),
        }
        if self.home is not None:
            event["view"] = self.home.payload()
        return await self.workspace.event(event)

    def _form(self, view: View | None) -> View:
        form = view or self.modal
        if form is None or form not in self.views:
            raise LookupError(f"{self.name} has no such form open; open: {self.views}")
        return form

    def _in(self, channel: "Channel | str") -> "Channel":
        """Return the channel to type in: who types in a public channel has joined it."""
        place = self.workspace.channel(channel)
        if self.id not in place.members:
            if place.kind != "public":
                raise LookupError(f"{self.name} is not in {place.kind} channel {place.name}")
            place.members.append(self.id)
        return place
