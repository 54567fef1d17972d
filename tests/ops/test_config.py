"""The configuration: every fault told at once, and no secret in any of the words."""

from pathlib import Path

import pytest

from ops.config import SECRETS, Config, InvalidConfig, read_config, read_database_url
from store import DEFAULT_URL

SIGNING, TOKEN = SECRETS
COMPLETE = {SIGNING: "signing-hush", TOKEN: "xoxb-hush"}


def faults(**environment: str) -> list[str]:
    """What is wrong with an environment."""
    with pytest.raises(InvalidConfig) as invalid:
        read_config(environment, on_terminal=False)
    assert str(invalid.value) == "\n".join(invalid.value.faults)
    return invalid.value.faults


def test_with_only_the_secrets_everything_else_has_its_default() -> None:
    config = read_config(COMPLETE | {"PATH": "/bin"}, on_terminal=False)
    assert config == Config(slack_signing_secret="signing-hush", slack_bot_token="xoxb-hush")


def test_every_setting_is_read_in_its_type(tmp_path: Path) -> None:
    config = read_config(
        COMPLETE
        | {
            "SLACK_API_URL": "http://127.0.0.1:9/api",
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/taskbot.db",
            "HOST": "::1",
            "PORT": "0",
            "OPS_HOST": "0.0.0.0",  # noqa: S104  # a value like any other
            "OPS_PORT": " 65535 ",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "Console",
        },
        on_terminal=False,
    )
    assert config.slack_api_url == "http://127.0.0.1:9/api/"
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path}/taskbot.db"
    assert (config.host, config.port) == ("::1", 0)
    assert (config.ops_host, config.ops_port) == ("0.0.0.0", 65_535)  # noqa: S104  # as above
    assert (config.log_level, config.log_format) == ("DEBUG", "console")


def test_logs_are_for_eyes_on_a_terminal_unless_said_otherwise() -> None:
    assert read_config(COMPLETE, on_terminal=True).log_format == "console"
    asked = COMPLETE | {"LOG_FORMAT": "json"}
    assert read_config(asked, on_terminal=True).log_format == "json"


def test_every_fault_is_told_at_once_each_with_an_example() -> None:
    found = faults(
        SLACK_BOT_TOKEN="xapp-hush",
        SLACK_API_URL="slack.com",
        DATABASE_URL="postgresql://x",
        PORT="http",
        OPS_PORT="65536",
        LOG_LEVEL="LOUD",
        LOG_FORMAT="xml",
    )
    named = [fault.split()[0] for fault in found]
    assert sorted(named) == sorted(
        [
            *(SIGNING, TOKEN, "SLACK_API_URL", "DATABASE_URL"),
            *("PORT", "OPS_PORT", "LOG_LEVEL", "LOG_FORMAT"),
        ]
    )
    assert not [fault for fault in found if fault.count(". ") == 0], "what is wrong, and what helps"
    assert not [fault for fault in found if "hush" in fault]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("PORT", "³"),
        ("PORT", "3000.0"),
        ("PORT", "9" * 5_000),
        ("SLACK_API_URL", "ftp://slack.com/"),
        ("SLACK_API_URL", "https://"),
        ("SLACK_API_URL", "https://[::1"),
        ("DATABASE_URL", "sqlite+aiosqlite:///"),
        ("DATABASE_URL", "sqlite+aiosqlite://"),
        ("DATABASE_URL", "taskbot.db"),
        ("DATABASE_URL", "sqlite+aiosqlite:////no/such/folder/taskbot.db"),
    ],
)
def test_what_cannot_be_is_refused_with_its_value(name: str, value: str) -> None:
    (fault,) = faults(**COMPLETE, **{name: value})
    assert fault.startswith(f'{name} cannot be "')
    assert "Example: " in fault


def test_an_empty_setting_is_none() -> None:
    assert read_config(COMPLETE | {"PORT": "", "HOST": "  "}, on_terminal=False).port == 3000
    (fault,) = faults(**COMPLETE | {SIGNING: " "})
    assert fault.startswith(f"{SIGNING} is missing.")


@pytest.mark.parametrize("name", ["DATABASE_URL", "SLACK_API_URL"])
def test_a_password_in_an_address_is_not_repeated(name: str) -> None:
    (fault,) = faults(**COMPLETE, **{name: "mysql://taskbot:hush@db/tasks"})
    assert fault.startswith(f"{name} cannot be its value. ")
    assert "hush" not in fault


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("xoxb-from-file\n")
    environment = {SIGNING: "hush", f"{TOKEN}_FILE": str(path)}
    assert read_config(environment, on_terminal=False).slack_bot_token == "xoxb-from-file"


def test_a_secret_in_two_places_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(**COMPLETE, SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"))
    assert fault == "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set. Set only one of them."


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_s_file_that_cannot_be_read_is_the_only_fault(
    content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "hush"
    if content:
        path.write_bytes(content)
    (fault,) = faults(SLACK_SIGNING_SECRET="hush", SLACK_BOT_TOKEN_FILE=str(path))
    assert fault.startswith("SLACK_BOT_TOKEN_FILE names a file that cannot be read")


def test_an_empty_secret_s_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_text("\n")
    (fault,) = faults(SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET_FILE=str(path))
    assert fault.startswith("SLACK_SIGNING_SECRET_FILE names an empty file.")
    (fault,) = faults(SLACK_SIGNING_SECRET="x", SLACK_BOT_TOKEN_FILE=str(path))
    assert fault.startswith("SLACK_BOT_TOKEN_FILE names an empty file.")


def test_the_database_may_be_named_in_a_file_for_the_bot_and_for_the_report(
    tmp_path: Path,
) -> None:
    named = tmp_path / "url"
    named.write_text(f"sqlite+aiosqlite:///{tmp_path}/other.db\n")
    environment = {"DATABASE_URL_FILE": str(named)}
    expected = f"sqlite+aiosqlite:///{tmp_path}/other.db"
    assert read_config(COMPLETE | environment, on_terminal=False).database_url == expected
    assert read_database_url(environment) == expected
    assert read_database_url({"PATH": "/bin"}) == DEFAULT_URL
    with pytest.raises(InvalidConfig) as invalid:
        read_database_url({"DATABASE_URL": "postgresql://me:hush@there/x"})
    assert "hush" not in str(invalid.value)
