"""`python -m tests.proof [ids…]`: runs the proofs, and writes what they measured into the table."""

import asyncio
import os
import platform
import re
import sqlite3
import sys
import traceback
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from playground.demo import say
from tests.bot_process import ROOT
from tests.proof.figures import Figure, Size
from tests.proof.proofs import Proof, proofs

MOST_SECONDS = 1_800.0
"""For one proof: it would be a hang."""

TABLE = ROOT / "docs" / "reliability.md"
HEADER = ("| id | fault | wanted | measured | reached | on |", "|---|---|---|---|---|---|")
OF_A_PROOF = re.compile(r"(?:\| |- \*\*)(?P<letter>[MRS])(?P<number>\d+)\b")
"""How a row of the table begins, or a note."""


def main(ids: Sequence[str]) -> int:
    """Run these proofs, or all; 1 when a figure was not reached."""
    everything = proofs()
    wanted = {one.upper() for one in ids}
    if unknown := wanted - {proof.id for proof in everything}:
        say(f"There is no proof {', '.join(sorted(unknown))}.")
        return 2
    chosen = [proof for proof in everything if not wanted or proof.id in wanted]
    figures = asyncio.run(_run(chosen))
    say("", f"Written: {TABLE.relative_to(ROOT)}")
    return 0 if all(figure.reached for figure in figures) else 1


async def _run(chosen: Iterable[Proof]) -> list[Figure]:
    figures: list[Figure] = []
    say(*HEADER)
    for proof in chosen:
        found = await _figures(proof)
        say(*(row(figure) for figure in found))
        before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
        TABLE.write_text(document(found, before), encoding="utf-8")
        figures += found
    return figures


async def _figures(proof: Proof) -> list[Figure]:
    """What a proof measured; one that broke or never ended has reached nothing."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await proof.prove(Size.FULL)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other proofs are run
        traceback.print_exc()
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        broken = {"fault": "the proof broke", "wanted": "a figure", "measured": said}
        return [Figure(id=proof.id, **broken, reached=False)]


def row(figure: Figure) -> str:
    """A figure as a line of the table."""
    reached = "yes" if figure.reached else "**no**"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    cells = (figure.id, figure.fault, figure.wanted, figure.measured, reached, today)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def document(figures: Sequence[Figure], before: str = "") -> str:
    """The whole page, in which what other proofs measured on this machine stays."""
    notes = [
        f"- **{figure.id}**, {figure.fault}: {figure.note}" for figure in figures if figure.note
    ]
    kept = [] if machine() not in before else _of_others(before, {one.id for one in figures})
    lines = sorted([*kept, *map(row, figures), *notes], key=_place)
    parts = [
        "# Reliability",
        "What was broken on purpose, what was to be reached, and what was.",
        "`make prove` measures it again and writes this page.",
        "`.venv/bin/python -m tests.proof R1 S5` does so for those alone.",
        f"Measured on {machine()}.",
        "\n".join([*HEADER, *(line for line in lines if line.startswith("|"))]),
        "## Notes",
        "\n".join(line for line in lines if line.startswith("-")),
    ]
    return "\n\n".join(parts) + "\n"


def _of_others(page: str, ids: Collection[str]) -> list[str]:
    """The rows and notes in a page that are of other proofs than these."""
    found = ((line, OF_A_PROOF.match(line)) for line in page.splitlines())
    return [line for line, of in found if of and of["letter"] + of["number"] not in ids]


def _place(line: str) -> tuple[str, int]:
    """Where a row or a note stands among the others."""
    of = OF_A_PROOF.match(line)
    return (of["letter"], int(of["number"])) if of else ("", 0)


def machine() -> str:
    """What it ran on."""
    return (
        f"{os.cpu_count()} processors ({_processor()}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo")
    named = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
    models = [line.partition(":")[2].strip() for line in named if line.startswith("model name")]
    return models[0] if models else platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
