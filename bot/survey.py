"""The survey beside the requests: offered below an answer, and never soon after a fault of ours."""

import asyncio
import contextlib
import time

import structlog

from bot.drawing.feedback import offered
from bot.payloads import OF_PEOPLE
from bot.talk import Talk
from ops.metrics import Metrics
from ops.workers import Worker, wait_until
from store import NotSaved, Origin, SlackUser, Surveys

log = structlog.get_logger()

OFFER_SECONDS = 1.0
"""An answer waits no longer to learn whether it is the one that offers it."""
IDLE_SECONDS = 3_600.0


class Survey:
    """Looks at each request once its answer is there, and before that is given."""

    def __init__(self, surveys: Surveys, metrics: Metrics) -> None:
        self._surveys = surveys
        self._metrics = metrics
        self._late: set[asyncio.Task[bool]] = set()
        self.worker = Worker("survey", self._write, metrics)

    async def attend(self, talk: Talk, seconds: float) -> None:
        """Offer it below an answer that has to be there in so many seconds; note a fault of ours.

        Whoever was told "Still saving" has had their answer: what follows offers nothing.
        """
        payload = talk.payload
        if talk.outcome == "failed" and payload.kind in OF_PEOPLE:
            self._surveys.note_failure(SlackUser(payload.team_id, payload.user_id))
            self.worker.wake()
        elif talk.survey_for and not talk.is_late:
            # Half of what is left: the answer must not come late for this.
            await self._offer(talk, talk.survey_for, min(OFFER_SECONDS, seconds / 2))

    async def _offer(self, talk: Talk, origin: Origin, seconds: float) -> None:
        line = offered()
        has_room = talk.said is not None and talk.said.has_room_for(line)
        if has_room and await self._is_offered(talk, origin, seconds):
            talk.say_below(line)

    async def _is_offered(self, talk: Talk, origin: Origin, seconds: float) -> bool:
        """Whether this request is known in time to be the one; what is not known is taken back."""
        claim = asyncio.create_task(self._claim(origin, time.monotonic() + seconds))
        await asyncio.wait([claim], timeout=max(seconds, 0.0))
        if claim.done() and not talk.is_late:
            return claim.result()
        self._late.add(claim)
        claim.add_done_callback(lambda _: self._take_back(origin))
        claim.add_done_callback(self._late.discard)
        return False

    async def _claim(self, origin: Origin, until: float) -> bool:
        try:
            return await self._surveys.offer(origin, until)
        except NotSaved as error:
            log.warning("survey.waits", reason=error.reason)
        except Exception:
            # The answer itself is as it should be, and has to be given.
            log.exception("survey.failed")
            self._metrics.fault("survey")
        # A commit that failed may have taken effect.
        self._take_back(origin)
        return False

    def _take_back(self, origin: Origin) -> None:
        self._surveys.note_unseen(origin)
        self.worker.wake()

    async def finish(self, deadline: float) -> None:
        """Write what is noted, as the last thing before a stop."""
        await wait_until(deadline, self._late)
        with contextlib.suppress(NotSaved):
            await self._surveys.write_noted()

    async def _write(self) -> float:
        await self._surveys.write_noted()
        return IDLE_SECONDS
