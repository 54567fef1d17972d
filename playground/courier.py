"""Carries what people do to the bot, signed, and brings its answer back to their screens."""

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from playground.answers import show
from playground.exchange import JSON_TYPE, Exchange, Interaction, SentRequest
from playground.signing import signed_headers
from playground.wire import told

if TYPE_CHECKING:
    from playground.state import State

PATIENCE = 15.0


async def deliver(
    state: "State", interaction: Interaction, *, again: dict[str, str] | None = None
) -> Exchange:
    """Send an interaction and show its answer as Slack does; `again` marks a repetition."""
    headers = signed_headers(
        state.signing_secret, interaction.body, state.clock(), interaction.content_type
    )
    request = SentRequest(body=interaction.body, headers=headers | (again or {}))
    exchange = Exchange(interaction=interaction, request=request)
    if interaction.ticket is not None:
        exchange.shown = interaction.ticket.shown
    attempt = (again or {}).get("X-Slack-Retry-Num")
    passage = state.wire.begin("to_bot", interaction.kind, lambda: told(interaction, attempt))
    started = time.perf_counter()
    await _send(state, exchange)
    exchange.seconds = time.perf_counter() - started
    outcome = exchange.error or exchange.failure or ("ok" if exchange.in_time else "late")
    state.wire.end(passage, status=exchange.status, outcome=outcome, answer=exchange.body)
    show(state, exchange)
    state.changes.notify()
    return exchange


async def _send(state: "State", exchange: Exchange) -> None:
    if state.session is None:
        raise RuntimeError("the stand-in is not running")
    request = exchange.request
    # Of what a person does, a late answer is kept to be looked at; an event is by then sent again.
    patience = state.deadline if exchange.interaction.kind == "event" else PATIENCE
    try:
        async with (
            asyncio.timeout(patience),
            state.session.post(
                state.request_url, data=request.body, headers=request.headers
            ) as response,
        ):
            exchange.headers = dict(response.headers)
            exchange.wants_no_retry = response.headers.get("X-Slack-No-Retry") == "1"
            exchange.body = _parsed(await response.text(), response.content_type)
            exchange.status = response.status
    except (TimeoutError, aiohttp.ClientError, OSError) as broken:
        exchange.error = type(broken).__name__


def _parsed(body: str, content_type: str) -> Any:
    if content_type != JSON_TYPE:
        return body
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    return parsed if isinstance(parsed, dict) else body
