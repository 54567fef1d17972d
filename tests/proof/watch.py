"""What a proof sees of a bot's process from outside: what it logs, and the memory that it takes."""

import os
from pathlib import Path

from tests.bot_process import BotProcess

MIB = 1024 * 1024


class Log:
    """The lines that a bot writes, from one look to the next."""

    def __init__(self, bot: BotProcess) -> None:
        self._path = bot.output
        self._at = bot.output.stat().st_size

    def lines(self) -> list[bytes]:
        """Those since the last look; one that is half written is left for the next."""
        with self._path.open("rb") as output:
            output.seek(self._at)
            whole, end, _ = output.read().rpartition(b"\n")
        self._at += len(whole) + len(end)
        return whole.split(b"\n") if end else []


class Memory:
    """The memory of a process, which only Linux tells and lets begin anew."""

    def __init__(self, bot: BotProcess) -> None:
        self._folder = Path(f"/proc/{bot.process.pid}")
        self.is_told = (self._folder / "status").exists()
        self._before = self._begin() if self.is_told else 0

    def _begin(self) -> int:
        # https://docs.kernel.org/filesystems/proc.html: 5 sets the peak back to what is used now.
        (self._folder / "clear_refs").write_text("5")
        return self._kib("VmRSS")

    def grown(self) -> float:
        """How far it was beyond its beginning at its highest, in MiB; where nobody tells, 0."""
        return max(self._kib("VmHWM") - self._before, 0) * 1024 / MIB if self.is_told else 0.0

    def _kib(self, name: str) -> int:
        status = (self._folder / "status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith(f"{name}:")]
        return int(line.split()[1])


def processor_seconds(pid: int) -> float:
    """The time that a process has had on processors so far; where nobody tells, 0."""
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return 0.0
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15, the name apart.
    fields = told.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
