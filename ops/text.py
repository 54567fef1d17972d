"""A report as text in 80 columns, for a terminal and for a mail. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ops import VERSION
from ops.words import NONE, count, day, lasting, moment, named, share
from store import Answer, Cohort, DayNumbers, Report, Source, VerbUse

WIDTH = 80
JOINERS = "\u200c\u200d"
"""Invisible and harmless: Persian and many emoji are written with them."""


def text(report: Report) -> str:
    """All figures, the most asked for first."""
    lines = [f"Taskbot {VERSION}, {moment(report.at)}. Days are days of UTC.", ""]
    for title, part in _parts(report):
        lines += [title, "-" * len(title), *part, ""]
    return "\n".join(line.rstrip() for line in lines)


def _parts(report: Report) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Now", _now(report)
    yield f"The last {len(report.days)} days", _period(report)
    yield "Who came back", _cohorts(report.cohorts)
    yield "What people type", _verbs(report.verbs)
    yield "First words that are no verb", _words(report.unknown_words)
    yield "Faults of ours", _faults(report)
    yield "What people say", _feedback(report)
    yield "By day: people, and how long tasks took", _days(report.days)
    yield "By day: tasks created", _sources(report.days, "created")
    yield "By day: tasks completed", _sources(report.days, "completed")


def _now(report: Report) -> Iterator[str]:
    now = report.numbers
    for window, people in now.users_active.items():
        yield _fact(f"People active {named(window)}", count(people))
    for status, tasks in now.tasks_open.items():
        yield _fact(f"Tasks {named(status)}", count(tasks))
    yield _fact("Messages waiting for Slack", count(now.notices_waiting))
    yield _fact("The oldest of them waits for", lasting(now.notices_oldest_seconds))
    yield ""
    yield _fact("People who ever used it", count(now.users_total))
    yield _fact("Activated", _of(now.users_activated, now.users_total))
    for week, people in now.users_retained.items():
        yield _fact(f"Came back in week {week}", count(people))
    yield _fact("Tasks created, ever", count(now.tasks_created))
    yield _fact("Tasks completed, ever", count(now.tasks_completed))
    yield _fact("Answers to the survey", count(now.feedback_answers))


def _period(report: Report) -> Iterator[str]:
    period = report.period
    yield _fact("People active", count(period.active))
    yield _fact("New people", count(period.new))
    yield _fact("Activated of the new", _of(period.activated, period.new))
    yield _fact("Completion rate", share(period.completion_rate))
    yield _fact("  tasks created and not deleted", count(period.kept_of_created))
    yield _fact("  of these done", count(period.done_of_created))
    yield _fact("Half were done within", lasting(period.seconds_p50))
    yield _fact("Nine in ten were done within", lasting(period.seconds_p90))
    yield ""
    rows = [
        (named(source), count(period.created[source]), count(period.completed[source]))
        for source in Source
    ]
    made, done = sum(period.created.values()), sum(period.completed.values())
    yield from _table(
        ("Tasks, through", "created", "completed"), [*rows, ("all", count(made), count(done))]
    )


def _cohorts(cohorts: Sequence[Cohort]) -> Iterator[str]:
    """For each week people, and below them percent: in 80 columns up to 9,999 people a week."""
    if not cohorts:
        yield "No whole week has begun in these days yet."
        return
    width = max(5, 1 + max(len(str(cohort.people)) for cohort in cohorts))
    weeks = range(1, len(cohorts[0].returned) + 1)
    yield f"{'Week of':<10}{'people':>7}" + _row(weeks, width)
    for cohort in cohorts:
        yield f"{cohort.week}{cohort.people:>7}" + _row(cohort.returned, width)
        if not cohort.people:
            continue
        percent = (None if one is None else _percent(one, cohort.people) for one in cohort.returned)
        yield f"{'':17}" + _row(percent, width)


def _row(cells: Iterable[int | str | None], width: int) -> str:
    return "".join(f"{'' if cell is None else cell:>{width}}" for cell in cells)


def _percent(part: int, whole: int) -> str:
    return share(part, whole).replace(" ", "")


def _verbs(verbs: Sequence[VerbUse]) -> Iterator[str]:
    if not verbs:
        yield "Nothing was typed in these days."
        return
    outcomes = list(dict.fromkeys(name for use in verbs for name in use.outcomes))
    rows = [
        (named(use.verb), *(_known(use.outcomes, outcome) for outcome in outcomes)) for use in verbs
    ]
    yield from _table(("Verb", *map(named, outcomes)), rows)
    for use in verbs:
        if use.reasons:
            reasons = (f"{named(reason)} {count(often)}" for reason, often in use.reasons.items())
            yield from _said(f"{named(use.verb)} rejected", ", ".join(reasons))


def _known(counts: Mapping[str, int], name: str) -> str:
    return count(counts[name]) if name in counts else NONE


def _words(words: Mapping[str, int]) -> Iterator[str]:
    if not words:
        yield "Every first word was understood."
    for word, often in words.items():
        yield _fact(_safe(word), count(often))


def _faults(report: Report) -> Iterator[str]:
    if not report.faults:
        yield "None in these days."
        return
    rows = [(moment(fault.at), fault.place, count(fault.count)) for fault in report.faults]
    yield from _table(("In the hour from", "where", "how many"), rows)


def _feedback(report: Report) -> Iterator[str]:
    feedback = report.feedback
    yield "How they would feel if they could no longer use Taskbot:"
    for feeling, answers in feedback.feelings.items():
        yield _fact(named(feeling), _of(answers, sum(feedback.feelings.values())))
    yield _fact("answers in all", count(feedback.answers))
    for answer in feedback.latest:
        yield ""
        yield from _answer(answer)


def _answer(answer: Answer) -> Iterator[str]:
    feeling = named(answer.feeling) if answer.feeling else "no feeling given"
    yield f"{moment(answer.at)}, release {answer.release}, {feeling}"
    yield from _said("uses it for", answer.used_for or NONE)
    yield from _said("frustrates, or is missing", answer.missing or NONE)


def _days(days: Sequence[DayNumbers]) -> Iterator[str]:
    rows = [
        (
            day(one.day),
            count(one.active),
            count(one.new),
            lasting(one.seconds_p50),
            lasting(one.seconds_p90),
        )
        for one in reversed(days)
    ]
    yield from _table(("Day", "active", "new", "half within", "nine in ten within"), rows)


def _sources(days: Sequence[DayNumbers], kind: str) -> Iterator[str]:
    rows = []
    for one in reversed(days):
        counts: Mapping[str, int] = getattr(one, kind)
        by_source = (count(counts[source]) for source in Source)
        rows.append((day(one.day), *by_source, count(sum(counts.values()))))
    yield from _table(("Day", *map(named, Source), "all"), rows)


def _of(part: int, whole: int) -> str:
    return f"{count(part)} ({share(part, whole)})" if whole else count(part)


def _fact(name: str, words: str) -> str:
    """A name and its figure, in two columns."""
    return f"{name}{' ' * (34 - _columns(name))} {words}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for first, *others in (header, *rows):
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([f"{first:<{widths[0]}}", *cells])


def _said(name: str, words: str) -> Iterator[str]:
    """What somebody wrote, word for word, in lines that end where the page does."""
    yield f"  {name}:"
    for line in words.splitlines():
        for part in _wrapped(_safe(line), WIDTH - 4):
            yield f"    {part}"


def _safe(words: str) -> str:
    """With what would move the cursor or turn the direction of a terminal made visible."""
    return "".join(
        one.encode("unicode_escape").decode()
        if unicodedata.category(one) in {"Cc", "Cf"} and one not in JOINERS
        else one
        for one in words.expandtabs(4)
    )


def _wrapped(words: str, width: int) -> Iterator[str]:
    """Lines of so many columns, broken at spaces where there are any."""
    line: str | None = None
    for word in words.split(" "):
        joined = word if line is None else f"{line} {word}"
        if _columns(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        *full, line = _cut(word, width)
        yield from full
    yield line or ""


def _cut(word: str, width: int) -> list[str]:
    """A word in pieces of so many columns."""
    pieces = [""]
    for one in word:
        if _columns(pieces[-1] + one) > width:
            pieces.append("")
        pieces[-1] += one
    return pieces


def _columns(words: str) -> int:
    """How much room a terminal gives them: two columns to what is wide in East Asia."""
    return sum(
        2 if unicodedata.east_asian_width(one) in "WF" else not unicodedata.combining(one)
        for one in words
    )
