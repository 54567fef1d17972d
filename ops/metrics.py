"""Every metric, declared once; each stands from the start, with 0."""

from collections.abc import Callable, Iterable
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from ops import VERSION
from store import EventKind, Numbers, Source, Space, Status

INTERACTION_KINDS = ("command", "action", "shortcut", "view", "event", "other")
OUTCOMES = ("answered", "rejected", "failed", "refused")
ERROR_PLACES = (
    "listener",
    "doorway",
    "delivery",
    "directory",
    "housekeeping",
    "numbers",
    "reminders",
    "connections",
    "usage",
    "survey",
)
API_METHODS = (
    "auth.test",
    "users.info",
    "users.list",
    "conversations.info",
    "conversations.members",
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "views.open",
    "views.update",
    "views.publish",
    "response_url",
)
API_OUTCOMES = ("ok", "refused", "later", "unknown")
WINDOWS = ("day", "week", "month")
WEEKS = ("1", "4")

HOUR = 3_600
COMPLETION_BUCKETS = tuple(hours * HOUR for hours in (0.1, 1, 4, 8, 24, 72, 168, 336, 720, 2160))
LAG_BUCKETS = (1, 2, 5, 10, 30, 60, 300, 900, HOUR, 4 * HOUR, 24 * HOUR)
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5)


# Prometheus knows when a counter began by its resets: another series for each would say no more.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped


class Metrics:
    """The metrics of one process, on a registry of their own.

    `note_fault` is told of each fault and its place, for those who look for more than a sum.
    """

    def __init__(self, note_fault: Callable[[str], None] = lambda _: None) -> None:
        self._note_fault = note_fault
        self.registry = CollectorRegistry()
        self._declare_of_process()
        self._declare_of_database()
        self._gauge("taskbot_info", "The release that runs.", "version").labels(VERSION).set(1)
        self._begin_with_zero()

    def _declare_of_process(self) -> None:
        """What this process counts since its start."""
        self.tasks_created = self._counter("tasks_created", "Tasks created.", "source")
        self.tasks_completed = self._counter("tasks_completed", "Tasks completed.", "source")
        self.task_events = self._counter("task_events", "Changes of tasks.", "kind")
        self.interactions = self._counter(
            "slack_interactions", "Requests from Slack, by what came of them.", "kind", "outcome"
        )
        self.api_calls = self._counter(
            "slack_api_calls", "Calls to Slack, by what came of them.", "method", "outcome"
        )
        self._errors = self._counter("errors", "Faults of ours, by where they happened.", "where")
        self.ack_seconds = Histogram(
            "slack_ack_seconds",
            "From a request's arrival to its answer; Slack waits 3 s.",
            ["kind"],
            buckets=ACK_BUCKETS,
            registry=self.registry,
        )
        self.completion_seconds = Histogram(
            "task_completion_seconds",
            "From a task's creation to its completion.",
            buckets=COMPLETION_BUCKETS,
            registry=self.registry,
        )

        self.reminder_lag_seconds = Histogram(
            "reminder_lag_seconds",
            "From the moment something fell due to the moment when Slack took the message.",
            buckets=LAG_BUCKETS,
            registry=self.registry,
        )
        self.clock_skew_seconds = self._gauge(
            "clock_skew_seconds", "How far our clock was ahead of Slack's at its last request."
        )

    def _declare_of_database(self) -> None:
        """What a clock reads from the database."""
        self.notices_waiting = self._gauge("notices_waiting", "Messages Slack must still be told.")
        self.notices_oldest_seconds = self._gauge(
            "notices_oldest_seconds", "How long the oldest of them waits."
        )
        self.tasks_open = self._gauge("tasks_open", "Open tasks.", "status")
        # They only become more: what ends in _total is a counter to Prometheus.
        self.users = self._counter("users", "People who ever used Taskbot.")
        self.users_active = self._gauge("users_active", "People who used it lately.", "window")
        self.users_activated = self._gauge(
            "users_activated",
            "People who made or finished a task within 7 days of first contact.",
        )
        self.users_retained = self._gauge(
            "users_retained", "People who came back in that week after first contact.", "week"
        )
        self.feedback_answers = self._gauge("feedback_answers", "Answers to the survey.")
        self.database_bytes = self._gauge("database_bytes", "Room that the database takes.")
        self.database_free_bytes = self._gauge(
            "database_free_bytes", "Room that is left on the disk of the database."
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)

    def show(self, numbers: Numbers) -> None:
        """Set the figures that come from the database."""
        self.notices_waiting.set(numbers.notices_waiting)
        self.notices_oldest_seconds.set(numbers.notices_oldest_seconds)
        self.users.reset()
        self.users.inc(numbers.users_total)
        self.users_activated.set(numbers.users_activated)
        self.feedback_answers.set(numbers.feedback_answers)
        for status, count in numbers.tasks_open.items():
            self.tasks_open.labels(status).set(count)
        for window, count in numbers.users_active.items():
            self.users_active.labels(window).set(count)
        for week, count in numbers.users_retained.items():
            self.users_retained.labels(week).set(count)

    def fault(self, where: str) -> None:
        """Count a fault of ours, by where it happened."""
        self._errors.labels(where).inc()
        self._note_fault(where)

    def show_space(self, space: Space) -> None:
        """Set how much room the database takes, and how much is left."""
        self.database_bytes.set(space.used)
        self.database_free_bytes.set(space.free)

    def _begin_with_zero(self) -> None:
        known: list[tuple[Counter | Gauge | Histogram, Iterable[tuple[str, ...]]]] = [
            (self.tasks_created, product(Source)),
            (self.tasks_completed, product(Source)),
            (self.task_events, product(EventKind)),
            (self.ack_seconds, product(INTERACTION_KINDS)),
            (self.interactions, product(INTERACTION_KINDS, OUTCOMES)),
            (self.api_calls, product(API_METHODS, API_OUTCOMES)),
            (self._errors, product(ERROR_PLACES)),
            (self.tasks_open, product((Status.TODO, Status.DOING))),
            (self.users_active, product(WINDOWS)),
            (self.users_retained, product(WEEKS)),
        ]
        for metric, combinations in known:
            for values in combinations:
                metric.labels(*values)
