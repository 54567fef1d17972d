"""What the app offers people before they type anything, as its manifest declares it."""

from dataclasses import dataclass, field
from pathlib import Path

from playground.messages import JSON

MANIFEST = Path(__file__).parent.parent / "manifest.yml"


@dataclass(kw_only=True)
class Offer:
    """Commands, shortcuts, and examples to type; without any command, every one is taken."""

    commands: list[JSON] = field(default_factory=list)
    shortcuts: list[JSON] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    dm_read_only: bool = False


def declared(manifest: str) -> Offer:
    """Return what a manifest declares, see docs.slack.dev/reference/app-manifest."""
    commands = [
        {name: it.get(name, "") for name in ("command", "usage_hint", "description")}
        for it in _entries(manifest, "slash_commands")
    ]
    shortcuts = [
        {name: it.get(name, "") for name in ("type", "callback_id", "name", "description")}
        for it in _entries(manifest, "shortcuts")
    ]
    read_only = "messages_tab_read_only_enabled: true" in manifest
    return Offer(commands=commands, shortcuts=shortcuts, dm_read_only=read_only)


def _entries(manifest: str, name: str) -> list[dict[str, str]]:
    """Return a list of flat maps: all that is read here of YAML."""
    lines = [it for it in manifest.splitlines() if it.strip() and not it.lstrip().startswith("#")]
    start = next((n for n, line in enumerate(lines) if line.strip() == f"{name}:"), len(lines))
    entries: list[dict[str, str]] = []
    for line in lines[start + 1 :]:
        if _indent(line) <= _indent(lines[start]) and not line.lstrip().startswith("- "):
            break
        if line.lstrip().startswith("- "):
            entries.append({})
        key, _, value = line.strip().removeprefix("- ").partition(":")
        entries[-1][key] = value.strip().strip("\"'")
    return entries


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
