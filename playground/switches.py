"""Switches that make Slack slow, rate-limited or down until they are put back."""

from collections.abc import Callable

from playground.faults import Fault, Faults

SLOW_SECONDS = 2.0
RETRY_AFTER = 5

# The worst first: of several faults the first strikes.
_FAULTS: dict[str, Callable[[], Fault]] = {
    "down": Fault.reset,
    "limited": lambda: Fault.ratelimited(RETRY_AFTER),
    "slow": lambda: Fault.delay(SLOW_SECONDS),
}


class Switches:
    """The switches, all off at first."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._ordered: dict[str, Fault] = {}

    def turn(self, name: str, *, on: bool) -> None:
        """Turn one switch on or off."""
        if name not in _FAULTS:
            raise LookupError(f"There is no switch {name!r}.")
        wanted = (self._ordered.keys() - {name}) | ({name} if on else set())
        for fault in self._ordered.values():
            self._faults.remove(fault)
        self._ordered = {
            each: self._faults.add(order()) for each, order in _FAULTS.items() if each in wanted
        }

    def positions(self) -> dict[str, bool]:
        """Return which switches are on."""
        return {name: name in self._ordered for name in ("slow", "limited", "down")}
