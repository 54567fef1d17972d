"""Direct messages as they are drawn: in the reader's own words and zone, within Slack's limits."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.drawing.blocks import Message
from bot.drawing.directs import direct
from playground.blocks import BLOCKS_MOST, length
from store import Direct, DueAt, DueDay, Priority, Status, Task, What
from store.direct import ROWS
from tests.factories import MAYA, NOW, TOM, deleted_task, done_task, reader, task

TODAY = date(2026, 11, 23)
BLOCKS_MAX = 11_000
"""Of more characters Slack takes no message: https://github.com/slackapi/bolt-js/issues/2867."""
READ = ("text", "accessibility_label")
HOSTILE = "<!channel> <@U1> *bold* `code` \u202egnp"


def drawn(what: What, *tasks: Task, **fields: Any) -> Message:
    names = {MAYA: "maya", TOM: "tom", **fields.pop("names", {})}
    return direct(Direct(what=what, tasks=tasks, **{"by": TOM, **fields}), reader(names))


def words(message: Message) -> list[str]:
    """The text of each block that has any."""
    return [said for block in message.blocks if (said := _text(block))]


def _text(block: Any) -> str:
    if isinstance(block, dict):
        own = block["text"] if isinstance(block.get("text"), str) else ""
        return own + "".join(_text(part) for key, part in block.items() if key != "accessory")
    return "".join(map(_text, block)) if isinstance(block, list) else ""


def buttons(message: Message) -> list[str]:
    found = []
    for block in message.blocks:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button":
                found.append(element["text"]["text"])
                assert element["accessibility_label"]
    return found


@pytest.mark.parametrize(
    ("what", "one", "headline"),
    [
        (What.GIVEN, task(assignee_id=MAYA), "tom gave you a task:"),
        (What.FINISHED, done_task(assignee_id=TOM), "tom finished a task that you gave:"),
        (What.DELETED, deleted_task(assignee_id=MAYA), "tom deleted a task of yours:"),
        (What.DELETED, deleted_task(assignee_id=TOM), "tom deleted a task that you gave:"),
        (What.DUE, task(due=DueAt(NOW)), "Due now:"),
        (What.DUE, task(due=DueAt(NOW - timedelta(hours=1))), "Due by now:"),
        (What.DAY, task(due=DueDay(TODAY)), "Due today:"),
        (What.DAY, task(due=DueDay(TODAY - timedelta(days=1))), "Due by today:"),
    ],
)
def test_one_task_is_a_card_below_what_there_is_to_say(
    what: What, one: Task, headline: str
) -> None:
    message = drawn(what, one)
    assert words(message)[0] == headline
    assert message.text.startswith(f"{headline} #12")
    assert buttons(message)[-1] == "Settings"


def test_a_card_for_one_person_says_the_due_date_in_full_on_their_clock() -> None:
    said = words(drawn(What.GIVEN, task(assignee_id=MAYA, due=DueAt(NOW + timedelta(hours=7)))))
    assert said[2] == (
        "To do · For maya · Due today, Mon 23 Nov 2026, 17:00 (Europe/Berlin) · Added by maya"
    )


def test_what_falls_due_now_is_not_called_overdue_though_the_message_is_a_moment_late() -> None:
    late = DueAt(NOW - timedelta(seconds=2))
    assert "Due today, Mon 23 Nov 2026, 09:59" in words(drawn(What.DUE, task(due=late)))[2]
    both = words(drawn(What.DUE, task(due=late), task(number=13, due=late)))
    assert [text.partition(" · ")[2] for text in both[1:3]] == ["nobody · due today 09:59"] * 2
    long_ago = task(due=DueAt(NOW - timedelta(hours=1)))
    assert "Overdue: Mon 23 Nov 2026, 09:00" in words(drawn(What.DUE, long_ago))[2]


def test_who_lost_a_task_is_told_its_title_and_can_press_nothing_on_it() -> None:
    message = drawn(What.TAKEN, task(creator_id=TOM), title="Fix login")
    assert words(message)[0] == message.text == "tom took #12 Fix login from you."
    assert buttons(message) == ["Settings"]
    assert drawn(What.TAKEN, task(creator_id=TOM)).text == "tom took #12 from you."


def test_a_card_of_a_task_that_is_no_longer_theirs_says_so_without_its_title() -> None:
    message = drawn(What.GIVEN, task(creator_id=TOM, assignee_id=TOM))
    assert words(message)[1] == "#12 is not yours any more."
    assert "Fix login" not in str(message)
    assert buttons(message) == ["Settings"]


def test_the_digest_has_what_is_overdue_first_and_a_button_a_row() -> None:
    def due(number: int, days: int) -> Task:
        return task(number=number, due=DueDay(TODAY + timedelta(days=days)))

    message = drawn(
        What.DIGEST,
        *(due(1, 9), due(2, -1), due(3, 0), due(4, 6), due(5, 7)),
        task(number=6),
        done_task(number=7),
        task(number=8, creator_id=TOM, assignee_id=TOM, title="Hidden"),
        task(number=9, due=DueAt(NOW - timedelta(minutes=1))),
        task(number=10, assignee_id=TOM, due=DueDay(TODAY)),
    )
    said = [text.partition("\n")[0] for text in words(message)]
    assert said == [
        "Your open tasks",
        *("Overdue", "#2 Fix login", "#9 Fix login"),
        *("Today", "#3 Fix login"),
        *("This week", "#4 Fix login"),
        *("Later", "#1 Fix login", "#5 Fix login"),
        *("No date", "#6 Fix login"),
        *("Done", "#7 Fix login"),
        *("Not yours any more", "#8 is not yours any more.", "#10 Fix login"),
        "Settings",
    ]
    assert buttons(message) == [*["Done"] * 7, "Reopen", "Done", "Settings"]
    assert "Hidden" not in str(message)


def test_the_longest_digest_fits_into_a_message() -> None:
    kinds: list[dict[str, Any]] = [
        {"due": DueDay(TODAY + timedelta(days=days))} for days in (-1, 0, 3, 30)
    ]
    kinds += [{}, {"status": Status.DONE}, {"creator_id": TOM}]
    tasks = [
        task(
            **{
                "number": number,
                "title": "x" * 200,
                "priority": Priority.HIGH,
                **kinds[number % len(kinds)],
            }
        )
        for number in range(1, ROWS + 1)
    ]
    message = drawn(What.DIGEST, *tasks, more=20, names={MAYA: "m" * 80})
    assert len(message.blocks) <= 50
    assert sum(len(text) for text in _texts(list(message.blocks))) <= BLOCKS_MAX
    assert length(list(message.blocks)) <= BLOCKS_MOST
    assert words(message)[-2] == "and 20 more: /task list"
    ids = [block["block_id"] for block in message.blocks if "block_id" in block]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("what", list(What))
def test_nothing_that_people_typed_comes_alive(what: What) -> None:
    one = task(title=HOSTILE, due=DueAt(datetime(2026, 11, 23, tzinfo=UTC)))
    several = [] if what is What.TAKEN else [[one, done_task(number=13, title=HOSTILE)]]
    for tasks in [[one], *several]:
        names = {MAYA: HOSTILE, TOM: HOSTILE}
        said = Direct(what=what, tasks=tuple(tasks), by=TOM, title=HOSTILE)
        message = direct(said, reader(names)).as_json()
        assert "<" not in message["text"]
        assert "\u202e" not in str(message)
        for block in message["blocks"]:
            live = [one for one in _elements(block) if one.get("type") == "mrkdwn"]
            assert all("!date" in element["text"] for element in live)


def _texts(part: Any) -> list[str]:
    """Everything in blocks that is read or heard."""
    found = [one for element in _elements(part) for one in map(element.get, READ) if one]
    return [one for one in found if isinstance(one, str)]


def _elements(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        return [part, *(found for value in part.values() for found in _elements(value))]
    return [found for one in part for found in _elements(one)] if isinstance(part, list) else []
