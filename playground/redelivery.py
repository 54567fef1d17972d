"""Sends an event again that the app did not take, when Slack would."""

import asyncio
from typing import TYPE_CHECKING

from playground.courier import deliver
from playground.exchange import Exchange, Interaction, RetryReason

if TYPE_CHECKING:
    from playground.state import State

# docs.slack.dev/apis/events-api: nearly immediately, then after 1 minute, then after 5 minutes.
PAUSES = (0.0, 60.0, 300.0)


async def deliver_event(state: "State", event: Interaction) -> Exchange:
    """Send an event; if it is not taken, go on in the background and note that in the exchange."""
    first = await deliver(state, event)
    if state.retry_scale:
        task = asyncio.create_task(_redeliver(state, first))
        state.redelivering.add(task)
        task.add_done_callback(state.redelivering.discard)
    return first


async def _redeliver(state: "State", first: Exchange) -> None:
    """Go on until the app takes it, wants no more of it, or Slack gives up."""
    last = first
    for number, pause in enumerate(PAUSES, 1):
        reason = last.failure
        if reason is None or last.wants_no_retry:
            return
        await asyncio.sleep(pause * state.retry_scale)
        last = await deliver(state, first.interaction, again=again(number, reason))
        first.redeliveries.append(last)
        state.changes.notify()


def again(number: int, reason: RetryReason) -> dict[str, str]:
    """Return the headers that tell a repetition from the first time."""
    return {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}


async def stop_redelivering(state: "State") -> None:
    """Give up what still goes on."""
    tasks = list(state.redelivering)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
