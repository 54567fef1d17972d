"""A Home as it is drawn: within Slack's limits, harmless, and clear to those who cannot see it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.drawing import ids, texts
from bot.drawing.blocks import answer, words
from bot.drawing.home import home
from bot.reading.grammar import ReadTask
from playground import check_view, live_parts
from store import DueDay, EventKind, Group, HomeChange, HomePage, Priority, Status, Verdict
from store.home_page import HOME_PAGE
from tests.bot.test_drawing import BIDI, NAMES, READ, TODAY, bounded, elements, is_safe, shown
from tests.factories import MAYA, TOM, done_task, home_page, outcome, reader, task

TAB = ["New task", "Settings", "Feedback"]
TITLES = ["Overdue", "Today", "This week", "Later", "No date", "Given to others"]


def buttons(view: Mapping[str, Any]) -> list[str]:
    return [one["text"]["text"] for one in elements(view, "button")]


def headings(view: Mapping[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]


def assert_harmless(view: Mapping[str, Any], typed: str = "") -> None:
    assert check_view(view) == []
    alive = live_parts({"text": "a view has none", "blocks": view["blocks"]}).blocks
    assert [one for one in alive if not is_safe(one, BIDI.sub("", typed))] == []
    assert not BIDI.search(str(view))
    assert all(one["accessibility_label"].strip() for one in elements(view, "button"))


@bounded
@given(READ, NAMES)
def test_a_home_shows_each_title_as_typed_and_brings_nothing_to_life(
    read: ReadTask, names: dict[str, str]
) -> None:
    one = task(title=read.new.title, assignee_id=TOM)
    undone = HomeChange(replace(one, number=13), EventKind.REOPENED, is_undo=True)
    done = HomeChange(done_task(title=one.title, number=13), EventKind.COMPLETED, is_undo=False)
    for changed in (None, done, undone):
        view = home(home_page(one, changed=changed), reader(names))
        assert_harmless(view, one.title)
        title = BIDI.sub("", one.title)
        assert f"#12 {title}" in shown(view)
        assert changed is None or f"#13 {title}" in shown(view)[4]


def test_the_first_line_says_whose_home_it_is_and_on_what_clock() -> None:
    view = home(home_page(task()), reader({MAYA: "maya"}))
    assert shown(view)[0] == "Your tasks, as of Mon 23 Nov 2026, 10:00 (Europe/Berlin)"


def test_the_groups_have_headings_in_their_order_and_empty_ones_have_none() -> None:
    every = tuple((group, (task(number=at),)) for at, group in enumerate(Group, 1))
    assert headings(home(home_page(groups=every), reader())) == TITLES
    assert headings(home(home_page(groups=every[1:2]), reader())) == ["Today"]


def test_a_row_says_everything_in_words() -> None:
    one = task(due=DueDay(TODAY), priority=Priority.HIGH, assignee_id=TOM, status=Status.DOING)
    view = home(home_page(one), reader({TOM: "tom"}))
    at = shown(view).index("#12 Fix login")
    assert shown(view)[at + 1] == "In progress · tom · due today · high priority"


@pytest.mark.parametrize(
    ("status", "offered"),
    [(Status.TODO, ["Done", "Start", "Edit"]), (Status.DOING, ["Done", "Edit"])],
)
def test_a_row_offers_what_can_be_done(status: Status, offered: list[str]) -> None:
    view = home(home_page(task(status=status)), reader())
    assert buttons(view) == [*TAB, *offered]
    assert {one["value"] for one in elements(view, "button")[3:]} == {"12"}


def test_what_was_done_is_one_line_with_its_undo_and_an_undo_has_none() -> None:
    change = HomeChange(done_task(version=3), EventKind.COMPLETED, is_undo=False)
    view = home(home_page(changed=change), reader())
    assert shown(view)[4] == "#12 Fix login is done."
    *_, undo = elements(view, "button")
    assert (undo["action_id"], undo["accessibility_label"]) == (ids.UNDO, "Undo: #12")
    assert view["blocks"][2]["block_id"] == "home|12.3|||"
    taken_back = HomeChange(task(version=4), EventKind.REOPENED, is_undo=True)
    view = home(home_page(changed=taken_back), reader())
    assert shown(view)[4].startswith("Undone: #12 Fix login")
    assert buttons(view) == TAB


def test_what_was_just_said_stands_on_top_in_the_place_of_what_was_done() -> None:
    change = HomeChange(done_task(), EventKind.COMPLETED, is_undo=False)
    said = answer([words("#13 is done. Reopen it first.")])
    view = home(home_page(changed=change), reader(), said)
    assert shown(view)[4] == "#13 is done. Reopen it first."
    assert "is done." not in "".join(shown(view)[5:])
    asked = texts.ask_delete([outcome(task(), Verdict.ALLOWED)], reader())
    assert buttons(home(home_page(), reader(), asked)) == TAB


def test_a_home_without_open_tasks_says_so_and_the_first_one_welcomes() -> None:
    assert "Nothing is open. Add a task: /todo add Fix the login page" in shown(
        home(home_page(), reader(command="/todo"))
    )
    first = home(home_page(ever_had=False), reader(command="/todo"))
    assert "Welcome!" in "".join(shown(first))
    assert "/todo list all" in shown(first)
    assert buttons(first) == [*TAB, "Add a first task for me"]
    assert_harmless(first)


@pytest.mark.parametrize(
    ("page", "has_more", "offered"),
    [
        (1, False, []),
        (1, True, ["more"]),
        (2, True, ["Previous", "more"]),
        (3, False, ["Previous"]),
    ],
)
def test_a_page_offers_the_pages_beside_it(
    page: int,
    has_more: bool,  # noqa: FBT001  # a column of the table
    offered: list[str],
) -> None:
    found = home_page(task(), page=page, has_more=has_more)
    view = home(found, reader())
    assert buttons(view)[6:] == offered
    values = [one["value"] for one in elements(view, "button")][6:]
    assert values == [str(page + (1 if text == "more" else -1)) for text in offered]
    assert_harmless(view)


def test_the_longest_page_fits_into_one_home() -> None:
    """Every group on it, with an answer on top that is longer than any."""
    assert len(home(longest(), reader(), answer([words("no")]))["blocks"]) <= 100
    assert_harmless(home(longest(), reader()))


def longest() -> HomePage:
    """A full page with all groups and the longest titles."""
    groups = {group: [task(number=at, title="😀" * 200)] for at, group in enumerate(Group, 1)}
    groups[Group.GIVEN] += [
        task(number=number, title="😀" * 200) for number in range(10, 4 + HOME_PAGE)
    ]
    change = HomeChange(done_task(number=999), EventKind.COMPLETED, is_undo=False)
    all_groups = tuple((group, tuple(those)) for group, those in groups.items())
    found = home_page(groups=all_groups, page=2, has_more=True, changed=change)
    assert len(found.tasks) == HOME_PAGE
    return found
