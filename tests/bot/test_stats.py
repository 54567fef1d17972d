"""How long things take, in words that are never less than it was."""

import pytest

from bot.drawing import stats
from tests.factories import reader, team_stats

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (HOUR, "1 hour"),
        (47 * HOUR + 1, "48 hours"),
        (48 * HOUR, "2 days"),
        (48 * HOUR + 1, "3 days"),
    ],
)
def test_a_time_is_told_rounded_up(seconds: float, said: str) -> None:
    found = team_stats(seconds_p50=seconds)
    assert f"took {said} or less." in stats.team(found, reader()).text
