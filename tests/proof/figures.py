"""What a proof measures, and at which size."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Size(StrEnum):
    """How much of a proof is run: all of it, or a cut that every test run can afford."""

    FULL = "full"
    CUT = "cut"

    def of(self, full: T, cut: T) -> T:
        """The count or the time of this size.

        Limits of time are sizes too: the cut shares its processors with other tests, and what it
        holds is that nothing hangs.
        """
        return full if self is Size.FULL else cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the table: what was broken, what was to be reached, and what was."""

    id: str
    fault: str
    wanted: str
    measured: str
    reached: bool
    note: str = ""


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed; of no values, 0."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def in_ms(seconds: float) -> str:
    """A time as people read it in a table."""
    return f"{seconds * 1_000:,.0f} ms"
