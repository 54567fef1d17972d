"""How far our clock is from Slack's: a wrong one is an outage, of which nobody else would tell."""

import math
import time

from ops.metrics import Metrics

WARN_BEYOND = 60.0
WARN_EVERY = 60.0
"""In seconds, as all of it: the warning stands beside the line of each request."""

Advice = dict[str, object]
"""What goes into a log line; empty when there is nothing to be said."""


class Skew:
    """Measured on what Slack signed, and on nothing else: anybody can send a time stamp."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._warned_at = -math.inf

    def note(self, seconds: float) -> Advice:
        """Note how far ahead of Slack's our clock is; what to warn of, at most once a minute."""
        self._metrics.clock_skew_seconds.set(seconds)
        now = time.monotonic()
        if abs(seconds) <= WARN_BEYOND or now - self._warned_at < WARN_EVERY:
            return {}
        self._warned_at = now
        way = "ahead of" if seconds > 0 else "behind"
        advice = f"our clock is {way} Slack's: check NTP (timedatectl)"
        return {"skew_seconds": round(seconds), "advice": advice}
