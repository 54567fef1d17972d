"""The configuration: read once from the environment, frozen, all its faults told together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from store import DEFAULT_URL

SLACK_API_URL = "https://slack.com/api/"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("json", "console")
SQLITE = "sqlite+aiosqlite:///"
PORT_MAX = 65_535


class InvalidConfig(Exception):
    """What is missing or malformed, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that can be set; each field is the variable of its name in capitals."""

    slack_signing_secret: str
    slack_bot_token: str
    slack_api_url: str = SLACK_API_URL
    database_url: str = DEFAULT_URL
    host: str = "0.0.0.0"  # noqa: S104  # Slack comes from outside; the proxy stands before it
    port: int = 3000
    ops_host: str = "127.0.0.1"
    ops_port: int = 8080
    log_level: str = "INFO"
    log_format: str = "json"


SECRETS = ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN")
IN_FILES = (*SECRETS, "DATABASE_URL")
"""What can stand in a file that `NAME_FILE` names: each may hold a password."""


def read_config(environment: Mapping[str, str], *, on_terminal: bool) -> Config:
    """Read the configuration; `on_terminal` makes logs readable unless said otherwise.

    Raises:
        InvalidConfig: with every fault at once.
    """
    faults: list[str] = []
    found = _with_files(environment, faults)
    found.setdefault("LOG_FORMAT", "console" if on_terminal else "json")
    values: dict[str, Any] = {}
    for field in fields(Config):
        name = field.name.upper()
        if name in found:
            values[field.name] = _checked(name, found[name], faults)
        elif name in SECRETS and not any(name in fault for fault in faults):
            faults.append(f"{name} is missing. {_EXAMPLES[name]}")
    if faults:
        raise InvalidConfig(faults)
    return Config(**values)


def read_database_url(environment: Mapping[str, str]) -> str:
    """Read the one setting that a look at the numbers needs, as the bot reads it.

    Raises:
        InvalidConfig
    """
    named = ("DATABASE_URL", "DATABASE_URL_FILE")
    faults: list[str] = []
    found = _with_files({name: environment[name] for name in named if name in environment}, faults)
    url = _checked("DATABASE_URL", found.get("DATABASE_URL", DEFAULT_URL), faults)
    if faults:
        raise InvalidConfig(faults)
    return str(url)


def _with_files(environment: Mapping[str, str], faults: list[str]) -> dict[str, str]:
    """The environment, with each `NAME_FILE` of `IN_FILES` read from its file."""
    found = {name: value.strip() for name, value in environment.items() if value.strip()}
    for name in IN_FILES:
        path = found.get(f"{name}_FILE")
        if path is None:
            continue
        if name in found:
            faults.append(f"{name} and {name}_FILE are both set. Set only one of them.")
            continue
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{name}_FILE names a file that cannot be read: {error}.")
            continue
        if content:
            found[name] = content
        else:
            faults.append(f"{name}_FILE names an empty file. {_EXAMPLES[name]}")
    return found


def _checked(name: str, value: str, faults: list[str]) -> Any:
    """The value in its type, or a fault added."""
    check = _CHECKS.get(name)
    if check is None:
        return value
    read = check(value)
    if read is None:
        # What has an @ in it may be an address with a password before it.
        shown = "its value" if name in SECRETS or "@" in value else f'"{value}"'
        faults.append(f"{name} cannot be {shown}. {_EXAMPLES[name]}")
    return read


def _port(value: str) -> int | None:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(PORT_MAX))):
        return None
    return int(value) if 0 <= int(value) <= PORT_MAX else None


def _url(value: str) -> str | None:
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return value if value.endswith("/") else value + "/"


def _database(value: str) -> str | None:
    path = value.removeprefix(SQLITE)
    is_file = value.startswith(SQLITE) and path not in {"", ":memory:"}
    return value if is_file and Path(path).parent.is_dir() else None


def _token(value: str) -> str | None:
    return value if value.startswith("xoxb-") else None


def _one_of(choices: tuple[str, ...], form: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda value: form(value) if form(value) in choices else None


_CHECKS: dict[str, Callable[[str], Any]] = {
    "SLACK_BOT_TOKEN": _token,
    "SLACK_API_URL": _url,
    "DATABASE_URL": _database,
    "PORT": _port,
    "OPS_PORT": _port,
    "LOG_LEVEL": _one_of(LOG_LEVELS, str.upper),
    "LOG_FORMAT": _one_of(LOG_FORMATS, str.lower),
}

_EXAMPLES = {
    "SLACK_SIGNING_SECRET": "It stands in the app's page under Basic Information.",
    "SLACK_BOT_TOKEN": "It begins with xoxb- and stands in the app's page under Install App.",
    "SLACK_API_URL": "Example: https://slack.com/api/",
    "DATABASE_URL": f"It names a file in a folder that is there. Example: {DEFAULT_URL}",
    "PORT": "Example: 3000",
    "OPS_PORT": "Example: 8080",
    "LOG_LEVEL": f"One of: {', '.join(LOG_LEVELS)}",
    "LOG_FORMAT": f"One of: {', '.join(LOG_FORMATS)}",
}
