"""Every figure stands from the start, with 0, and none is about somebody."""

import re

from prometheus_client import generate_latest

from ops import VERSION
from ops.metrics import ERROR_PLACES, Metrics
from store import Numbers
from tests.factories import errors_total

# Of `product.md`'s list, all that need nothing of later releases.
NAMES = (
    *("tasks_created_total", "tasks_completed_total", "task_events_total"),
    *("slack_interactions_total", "slack_ack_seconds", "slack_api_calls_total", "errors_total"),
    *(
        "task_completion_seconds",
        "reminder_lag_seconds",
        "clock_skew_seconds",
        "notices_waiting",
        "notices_oldest_seconds",
        "tasks_open",
    ),
    *(
        "users_total",
        "database_bytes",
        "database_free_bytes",
        "users_active",
        "users_activated",
        "users_retained",
        "feedback_answers",
        "taskbot_info",
    ),
)
LABELS = {"source", "kind", "outcome", "method", "where", "status", "window", "week", "version"}

NUMBERS = Numbers(
    tasks_created=7,
    tasks_completed=3,
    tasks_open={"todo": 3, "doing": 1},
    users_total=5,
    users_active={"day": 1, "week": 2, "month": 4},
    users_activated=3,
    users_retained={"1": 2, "4": 1},
    notices_waiting=6,
    notices_oldest_seconds=1.5,
    feedback_answers=8,
)


def samples(metrics: Metrics) -> list[tuple[str, dict[str, str], float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for metric in metrics.registry.collect()
        for sample in metric.samples
    ]


def test_every_name_stands_from_the_start_with_0() -> None:
    metrics = Metrics()
    text = generate_latest(metrics.registry).decode()
    assert set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)) == set(NAMES)
    for name in NAMES:
        values = [
            value for one, _, value in samples(metrics) if re.fullmatch(f"{name}(_count)?", one)
        ]
        assert values, name
        assert set(values) == ({1.0} if name == "taskbot_info" else {0.0}), name


def test_no_label_names_a_workspace_a_person_a_channel_or_a_task() -> None:
    assert {label for _, labels, _ in samples(Metrics()) for label in labels} - {"le"} == LABELS


def test_the_version_is_that_of_this_release() -> None:
    assert Metrics().registry.get_sample_value("taskbot_info", {"version": VERSION}) == 1


def test_two_sets_of_metrics_do_not_share_their_figures() -> None:
    one, other = Metrics(), Metrics()
    one.fault("doorway")
    assert (errors_total(one), errors_total(other)) == (1, 0)


def test_all_faults_are_added_up() -> None:
    metrics = Metrics()
    for place in ERROR_PLACES:
        metrics.fault(place)
    assert errors_total(metrics) == len(ERROR_PLACES)


def test_a_fault_is_told_on_with_its_place() -> None:
    told: list[str] = []
    Metrics(told.append).fault("delivery")
    assert told == ["delivery"]


def test_the_figures_of_the_database_are_shown() -> None:
    metrics = Metrics()
    metrics.show(NUMBERS)
    value = metrics.registry.get_sample_value
    assert value("notices_waiting") == 6
    assert value("notices_oldest_seconds") == 1.5
    assert value("users_total") == 5
    assert value("users_activated") == 3
    assert value("feedback_answers") == 8
    assert value("tasks_open", {"status": "todo"}) == 3
    assert value("users_active", {"window": "month"}) == 4
    assert value("users_retained", {"week": "4"}) == 1
