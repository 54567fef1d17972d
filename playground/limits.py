"""Slack's rate limits: who has asked too often, and when asking again would pass."""

import math
from collections import defaultdict, deque

MINUTE = 60.0

# docs.slack.dev/apis/web-api/rate-limits: the tiers hold for a method in a workspace, a minute.
PER_MINUTE = {
    "chat.update": 50,
    "conversations.info": 50,
    "chat.delete": 50,
    "conversations.open": 50,
    "chat.postEphemeral": 100,
    "conversations.members": 100,
    "users.info": 100,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
    "users.list": 20,
    "conversations.list": 20,
    "chat.postMessage": 300,
}

# One post a second a channel, less a little for clocks that are read on two sides of a socket.
POST = "chat.postMessage"
POST_INTERVAL = 0.95


class Limits:
    """Counts the calls that were let through."""

    def __init__(self) -> None:
        self.enabled = True
        self.per_minute = dict(PER_MINUTE)
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._posts: dict[tuple[str, str], float] = {}

    def admit(self, method: str, team_id: str, channel_id: str | None, now: float) -> int | None:
        """Count this call and return None, or return the seconds until it would pass."""
        if not self.enabled:
            return None
        wait = max(
            self._wait_for_minute(method, team_id, now),
            self._wait_for_channel(method, team_id, channel_id, now),
        )
        if wait > 0:
            return max(1, math.ceil(wait))
        self._count(method, team_id, channel_id, now)
        return None

    def _wait_for_minute(self, method: str, team_id: str, now: float) -> float:
        allowed = self.per_minute.get(method)
        calls = self._calls[method, team_id]
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if allowed is None or len(calls) < allowed:
            return 0.0
        return calls[-allowed] + MINUTE - now

    def _wait_for_channel(
        self, method: str, team_id: str, channel_id: str | None, now: float
    ) -> float:
        if method != POST or channel_id is None:
            return 0.0
        last = self._posts.get((team_id, channel_id))
        return 0.0 if last is None else last + POST_INTERVAL - now

    def _count(self, method: str, team_id: str, channel_id: str | None, now: float) -> None:
        self._calls[method, team_id].append(now)
        if method == POST and channel_id is not None:
            self._posts[team_id, channel_id] = now
