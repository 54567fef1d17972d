"""What a disk holds after its power was cut: what was synced, and of the rest some or none."""

import itertools
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof.under_sqlite import Step, What

SECTOR = 512
"""As much is written wholly or not at all."""

KEPT = ("", "-wal", "-journal")
MADE_ANEW = "-shm"


@dataclass(eq=False)
class File:
    """A file: what is safe, and what was done to it since it was last synced."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        """Make all of it safe."""
        for step in self.since:
            _apply(self.safe, step)
        self.since = []

    def after_a_cut(self, chance: random.Random | None) -> bytes:
        """What is left: no step since the sync, or those sectors that chance had written."""
        left = bytearray(self.safe)
        for step in self.since if chance else ():
            for part in _sectors(step):
                if chance and chance.random() < 0.5:
                    _apply(left, part)
        return bytes(left)


def _apply(content: bytearray, step: Step) -> None:
    if step.what is What.TRUNCATED:
        del content[step.at :]
        return
    content.extend(bytes(max(step.at - len(content), 0)))
    content[step.at : step.at + len(step.data)] = step.data


def _sectors(step: Step) -> list[Step]:
    """A step in the parts that a disk does one by one."""
    if step.what is What.TRUNCATED:
        return [step]
    ends = range(step.at - step.at % SECTOR + SECTOR, step.at + len(step.data), SECTOR)
    edges = [step.at, *ends, step.at + len(step.data)]
    return [
        Step(step.what, step.name, begin, step.data[begin - step.at : end - step.at])
        for begin, end in itertools.pairwise(edges)
    ]


class Disk:
    """The files of one database, as steps are done to them; their names are synced by themselves.

    A name that was not synced is not there after a cut, and one whose deletion was not still is.
    """

    def __init__(self, database: Path) -> None:
        """All that is there already is safe."""
        paths = [database.with_name(database.name + suffix) for suffix in KEPT]
        found = {path.name: File(bytearray(path.read_bytes())) for path in paths if path.exists()}
        self._safe_names, self._names = dict(found), found

    def do(self, step: Step) -> None:
        """Do what a record says was done."""
        match step.what:
            case What.CREATED:
                self._names[step.name] = File()
            case What.DELETED:
                del self._names[step.name]
            case What.NAMES_SYNCED:
                self._safe_names = dict(self._names)
            case What.SYNCED:
                self._names[step.name].sync()
            case What.WRITTEN | What.TRUNCATED:
                self._names[step.name].since.append(step)

    def cut(self, database: Path, chance: random.Random | None = None) -> None:
        """Leave at this path what a cut of the power leaves now, `chance` choosing among the rest.

        The name of the database is that of the record.
        """
        for suffix in (*KEPT, MADE_ANEW):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        names = chance.choice((self._safe_names, self._names)) if chance else self._safe_names
        for name, file in names.items():
            database.with_name(name).write_bytes(file.after_a_cut(chance))
