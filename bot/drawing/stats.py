"""The team in numbers as people see it: lines that can be said in a standup, and nobody's name."""

import math
from collections.abc import Iterator

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Message,
    actions,
    bullets,
    button,
    context,
    message,
    plain,
    rich,
    words,
)
from bot.drawing.examples import EXAMPLES
from bot.drawing.ids import Place, Surface
from bot.drawing.reader import Reader
from store import TeamStats

MINE = "Tasks that you may see"
EVERYBODYS = "Tasks that everybody here may see"
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def team(found: TeamStats, reader: Reader) -> Message:
    """The numbers over what the reader may see, with the button that shows them to the others."""
    if found.is_empty:
        return _empty(reader.command)
    label = "Post to channel: the team in numbers"
    post = button("Post to channel", ids.POST_STATS, "stats", label)
    row = actions(ids.place_id(Place(Surface.WORDS)), post)
    return _drawn(MINE, found, context(plain(_weeks(reader))), row)


def posted(found: TeamStats, reader: Reader, posted_by: str) -> Message:
    """The numbers over what everybody in the channel may see."""
    said = f"Posted by {reader.name(posted_by)}. {_weeks(reader)}"
    return _drawn(EVERYBODYS, found, context(plain(said)))


def _empty(command: str) -> Message:
    example = f"{command} {EXAMPLES['add'][0]}"
    said = "There is no task yet that you may see. Add the first: "
    return message(said + example, rich([words(said), words(example, code=True)]))


def _drawn(title: str, found: TeamStats, *below: Block) -> Message:
    lines = list(_lines(found))
    items = bullets([words(line)] for line in lines)
    return message(f"{title}: {' '.join(lines)}", rich([words(title, bold=True)]), items, *below)


def _lines(found: TeamStats) -> Iterator[str]:
    if found.is_empty:
        yield "None yet."
        return
    yield _open(found)
    yield f"Done this week {found.done_this_week} (last week {found.done_last_week})."
    yield f"Added this week {found.created_this_week} (last week {found.created_last_week})."
    if found.seconds_p50 is None:
        yield "Nothing was done in the last 4 weeks."
    else:
        took = _at_most(found.seconds_p50)
        yield f"Half of what was done in the last 4 weeks took {took} or less."


def _open(found: TeamStats) -> str:
    if not found.open:
        return "Nothing is open."
    counts = (found.doing, "in progress"), (found.overdue, "overdue"), (found.nobodys, "nobody's")
    return f"Open {', '.join([str(found.open), *(f'{count} {what}' for count, what in counts)])}."


def _at_most(seconds: float) -> str:
    """A time in words, never a shorter one: "40 minutes", "5 hours", "2 days"."""
    unit, name = next(
        (unit, name)
        for unit, name, below in (
            (MINUTE, "minute", HOUR),
            (HOUR, "hour", 2 * DAY),
            (DAY, "day", math.inf),
        )
        if seconds < below
    )
    count = max(1, math.ceil(seconds / unit))
    return f"{count} {name}{'' if count == 1 else 's'}"


def _weeks(reader: Reader) -> str:
    """On whose clock it was counted."""
    return f"Weeks begin on Monday, on the clock of {reader.now.tzinfo}."
