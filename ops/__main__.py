"""`python -m ops report`: the numbers of the operator's page as text, beside a bot that runs."""

import argparse
import asyncio
import json
import os
import sys
from io import TextIOWrapper

from ops.config import InvalidConfig, read_database_url
from ops.figures import as_json
from ops.period import EXAMPLE, read_weeks
from ops.text import text
from store import (
    REPORT_DAYS,
    Clock,
    Insights,
    NewerSchema,
    OlderSchema,
    Report,
    Unreadable,
    open_to_read,
    utc_now,
)

REFUSED = 2


def main(clock: Clock = utc_now) -> int:
    """Print the report; 2 when there is none, in words."""
    asked = _arguments().parse_args()
    try:
        report = asyncio.run(_report(read_database_url(os.environ), clock, asked.days))
        _print(json.dumps(as_json(report), indent=2) if asked.json else text(report))
    except InvalidConfig as error:
        print("There is no report:", *error.faults, sep="\n- ", file=sys.stderr)  # noqa: T201  # a command line's answer
        return REFUSED
    except (Unreadable, OlderSchema, NewerSchema) as error:
        print(f"There is no report: {_why(error)}", file=sys.stderr)  # noqa: T201  # a command line's answer
        return REFUSED
    except OSError as error:
        print(f"The report is not all there: {error.strerror}.", file=sys.stderr)  # noqa: T201  # a command line's answer
        return REFUSED
    return 0


async def _report(url: str, clock: Clock, days: int) -> Report:
    database = await open_to_read(url)
    try:
        return await Insights(database, clock).report(days)
    finally:
        await database.close()


def _print(words: str) -> None:
    """Print also where a terminal lacks some characters, and where only the head is wanted."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(words, flush=True)  # noqa: T201  # a command line's answer
    except OSError as error:
        # What is left would be tried once more at the exit
        # (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def _why(error: Unreadable | OlderSchema | NewerSchema) -> str:
    match error:
        case Unreadable(path=path, reason=reason):
            return (
                f"{path} cannot be read: {reason}. "
                "Set DATABASE_URL to the database that the bot serves."
            )
        case OlderSchema(found=found, known=known):
            return (
                f"the database has schema {found or 'none'}, this release reads {known}: "
                "start its bot once, which brings the database up to date."
            )
        case NewerSchema(found=found, known=known):
            return (
                f"the database has schema {found}, this release reads {known}: "
                "ask the release that wrote it."
            )


def _days(weeks: str) -> int:
    days = read_weeks(weeks)
    if days is None:
        raise argparse.ArgumentTypeError(f"{EXAMPLE}. Example: --weeks 4")
    return days


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="report")
    report = commands.add_parser("report", help="prints the numbers", description=__doc__)
    report.add_argument(
        "--weeks",
        dest="days",
        metavar="N",
        type=_days,
        default=REPORT_DAYS,
        help=f"over the last N weeks; {EXAMPLE.lower()}; without it over {REPORT_DAYS} days",
    )
    report.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
