"""Every call to Slack's Web API and every post to a response_url: counted, timed, judged."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from ops.health import Check, State
from ops.metrics import Metrics

CALL_SECONDS = 10
"""Shorter than a notice's lease, so that a call is over before another worker may begin one."""

RESPONSE_PLACES = frozenset({"https://hooks.slack.com", "https://hooks.slack-gov.com"})

# https://docs.slack.dev/reference/methods/chat.postMessage#errors and the like: which error of
# Slack's is which. What stands in neither table is final too: asking again changes nothing.
LATER = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"})
UNKNOWN = frozenset({"internal_error", "fatal_error", "request_timeout"})
TOKEN_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
READING = frozenset(
    {"auth.test", "users.info", "users.list", "conversations.info", "conversations.members"}
)
EXPECTED = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "is_inactive", "restricted_action"}
    | {"message_not_found", "cant_update_message", "edit_window_closed"}
    | {"user_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot"}
    | {"messages_tab_disabled", "not_enabled"}
)
"""What people bring about: a channel archived or left, a card deleted, somebody gone, a tab off."""
MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

RESPONDED = frozenset({"ok", '{"ok":true}'})
"""What a response_url says when it did what it was asked to."""

RETRY_AFTER_DEFAULT = 30.0
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500


class SlackError(Exception):
    """A call that did not do what it was to do."""


@dataclass(eq=False)
class Refused(SlackError):
    """Slack said no for good."""

    code: str


@dataclass(eq=False)
class Later(SlackError):
    """Slack did nothing and wants to be asked again, after so many seconds if it said so."""

    code: str
    seconds: float | None = None


@dataclass(eq=False)
class Unread(SlackError):
    """Nobody knows whether Slack did it: its answer never came, or was no answer."""

    code: str


class Slack:
    """The Web API in the name of one bot token, over one pool of connections."""

    def __init__(
        self, token: str, api_url: str, session: aiohttp.ClientSession, metrics: Metrics
    ) -> None:
        # Retrying belongs to delivery: the SDK's own handler would sleep inside the call.
        self._client = AsyncWebClient(
            token=token, base_url=api_url, session=session, retry_handlers=[]
        )
        self._session = session
        self._metrics = metrics
        self._opens: dict[str, float] = {}
        """When each method takes calls again, of those that Slack limited."""
        self._response_places = RESPONSE_PLACES | {_place(api_url)}
        self._check = Check(State.DEGRADED, reason="not asked yet")

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method and return Slack's answer.

        Raises:
            Refused, Unread
            Later: or Slack said so of this method before, and is not asked.
        """
        self._wait(method)
        try:
            answer = await asyncio.wait_for(self._ask(method, arguments), CALL_SECONDS)
        except SlackApiError as error:
            raise self._judged(method, _api_error(error)) from error
        except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorDNSError) as error:
            raise self._judged(method, Later("unreachable")) from error
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError) as error:
            # AttributeError: the SDK takes an answer in plain text for an object.
            raise self._judged(method, Unread(type(error).__name__)) from error
        self._note(method, "ok", Check(State.UP))
        return answer.data if isinstance(answer.data, dict) else {}

    async def _ask(self, method: str, arguments: dict[str, Any]) -> AsyncSlackResponse:
        # Methods that read take no JSON: https://docs.slack.dev/apis/web-api/#basics
        if method in READING:
            return await self._client.api_call(method, http_verb="GET", params=arguments)
        return await self._client.api_call(method, json=arguments)

    async def respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        """Post to the response_url of an interaction, a bearer secret that is never logged.

        Raises:
            Refused: the host is not Slack's, or the address is used up or too old.
            Later, Unread
        """
        if _place(response_url) not in self._response_places:
            raise self._judged("response_url", Refused("foreign_host"))
        self._wait("response_url")
        try:
            error = await self._post(response_url, body)
        except aiohttp.ClientConnectorError as broken:
            raise self._judged("response_url", Later("unreachable")) from broken
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise self._judged("response_url", Unread(type(broken).__name__)) from broken
        if error:
            raise self._judged("response_url", error)
        self._note("response_url", "ok", None)

    async def _post(self, response_url: str, body: Mapping[str, Any]) -> SlackError | None:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with self._session.post(
            response_url, json=body, timeout=timeout, allow_redirects=False
        ) as response:
            if response.status != 200:  # noqa: PLR2004  # HTTP's own number
                return _status_error(response.status, response.headers)
            said = await response.text(errors="replace")
        # A proxy's page comes with 200 too, and nothing was done.
        return None if said.strip() in RESPONDED else Unread("no_ok")

    async def check(self) -> Check:
        """What the last call told about Slack."""
        return self._check

    def _wait(self, method: str) -> None:
        """Make no call that Slack asked us not to make, whoever it is for.

        Raises:
            Later
        """
        seconds = self._opens.get(method, 0.0) - time.monotonic()
        if seconds > 0:
            raise Later("ratelimited", seconds)

    def _judged(self, method: str, error: SlackError) -> SlackError:
        """Count the error, learn from it, and hand it back to be raised."""
        match error:
            case Refused(code=code) if code in TOKEN_REFUSED:
                self._note(method, "refused", Check(State.DOWN, reason=f"token refused: {code}"))
            case Refused():
                self._note(method, "refused", None)
            case Later(code="ratelimited" | "rate_limited", seconds=seconds):
                self._opens[method] = time.monotonic() + (seconds or 0.0)
                self._note(method, "later", None)
            case Later(code=code):
                self._note(method, "later", Check(State.DEGRADED, reason=code))
            case Unread(code=code):
                self._note(method, "unknown", Check(State.DEGRADED, reason=code))
        return error

    def _note(self, method: str, outcome: str, check: Check | None) -> None:
        self._metrics.api_calls.labels(method, outcome).inc()
        if check:
            self._check = check


def _place(url: str) -> str:
    """Scheme, host and port: all that decides who gets to read what is sent there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _api_error(error: SlackApiError) -> SlackError:
    """What Slack's answer means; a 429 or a 500 may come without Slack's own JSON."""
    response = error.response
    if response.status_code == TOO_MANY_REQUESTS or response.status_code >= SERVER_ERROR:
        return _status_error(response.status_code, response.headers)
    code = response.data.get("error", "") if isinstance(response.data, dict) else ""
    if code in LATER:
        return Later(code)
    return Unread(code or "no_json") if code in UNKNOWN or not code else Refused(code)


def _status_error(status: int, headers: Mapping[str, str]) -> SlackError:
    if status == TOO_MANY_REQUESTS:
        return Later("ratelimited", _seconds(headers))
    return Unread(f"http_{status}") if status >= SERVER_ERROR else Refused(f"http_{status}")


def _seconds(headers: Mapping[str, str]) -> float:
    lowered = {name.lower(): value for name, value in headers.items()}
    value = lowered.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else RETRY_AFTER_DEFAULT
