"""One task event becomes its log line and its counters, by one call after the commit."""

import structlog

from ops.metrics import Metrics
from store import EventKind, Publish, TaskEvent

log = structlog.get_logger()

_NAMES = {kind: f"task.{kind}" for kind in EventKind}


def publisher(metrics: Metrics) -> Publish:
    """What the store calls with each event: identities and numbers, never titles or notes."""

    def publish(event: TaskEvent) -> None:
        metrics.task_events.labels(event.kind).inc()
        if event.kind is EventKind.CREATED:
            metrics.tasks_created.labels(event.source).inc()
        # An undone reopening is no second completion.
        if event.kind is EventKind.COMPLETED and not event.is_undo:
            metrics.tasks_completed.labels(event.source).inc()
        if event.seconds_open is not None:
            metrics.completion_seconds.observe(event.seconds_open)
        log.info(
            _NAMES[event.kind],
            team=event.team_id,
            task=event.number,
            version=event.version,
            actor=event.actor_id,
            source=event.source,
            undo=event.is_undo,
            fields=sorted(event.changes),
        )

    return publish
