"""What Slack hands out with an interaction: a trigger to open one view, and a `response_url`."""

import itertools
from dataclasses import dataclass, field

from playground.messages import Shown

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


class TicketRefused(Exception):
    """A trigger or `response_url` that Slack would not accept, with Slack's error code."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(eq=False, kw_only=True)
class Trigger:
    """The right to open one view, for three seconds."""

    id: str
    team_id: str
    user_id: str
    issued_at: float
    used: bool = False


@dataclass(eq=False, kw_only=True)
class ResponseUrl:
    """The right to write where an interaction came from: five times, for half an hour."""

    key: str
    team_id: str
    user_id: str
    channel_id: str
    issued_at: float
    on: Shown | None
    thread_ts: str | None = None
    uses: int = 0
    shown: list[Shown] = field(default_factory=list)


class Tickets:
    """Every trigger and `response_url` handed out."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, team_id: str, user_id: str, now: float) -> Trigger:
        """Hand out a trigger."""
        number = next(self._numbers)
        identity = f"{9_000_000 + number}.{int(now)}.{number:032x}"
        issued = Trigger(id=identity, team_id=team_id, user_id=user_id, issued_at=now)
        self._triggers[identity] = issued
        return issued

    def response_url(self, team_id: str, user_id: str, channel_id: str, now: float) -> ResponseUrl:
        """Hand out a `response_url`."""
        key = f"{team_id}/{next(self._numbers)}/{user_id}{int(now)}"
        issued = ResponseUrl(
            key=key,
            team_id=team_id,
            user_id=user_id,
            channel_id=channel_id,
            issued_at=now,
            on=None,
        )
        self._urls[key] = issued
        return issued

    def exchange(self, trigger_id: str, team_id: str, now: float) -> Trigger:
        """Use a trigger up, or refuse it."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None or trigger.team_id != team_id:
            raise TicketRefused("invalid_trigger_id")
        if trigger.used:
            raise TicketRefused("exchanged_trigger_id")
        if now - trigger.issued_at > TRIGGER_SECONDS:
            raise TicketRefused("expired_trigger_id")
        trigger.used = True
        return trigger

    @property
    def keys(self) -> list[str]:
        """What each `response_url` that was ever handed out ends with."""
        return list(self._urls)

    def find(self, key: str) -> ResponseUrl | None:
        """Return the `response_url` with this key, used up or not."""
        return self._urls.get(key)

    def use(self, ticket: ResponseUrl, now: float) -> None:
        """Count one use of a `response_url`, or refuse it."""
        if now - ticket.issued_at > RESPONSE_URL_SECONDS:
            raise TicketRefused("expired_url")
        if ticket.uses >= RESPONSE_URL_USES:
            raise TicketRefused("used_url")
        ticket.uses += 1
