"""The examples in a refusal: built from what was typed, and about the task that was meant."""

import pytest

from bot.drawing.blocks import Message
from bot.payloads import Kind, Payload
from bot.reading.changes import read_assignment, read_due_change, read_priority
from bot.reading.errors import ReadingError
from bot.reading.grammar import read_new_task
from bot.reading.numbers import read_number, read_numbers
from bot.reading.query import read_list
from bot.reading.verbs import read_verb
from bot.unread import unread
from tests.factories import MAYA, reader, task

READER = reader(latest=(task(number=5),))


def refused(typed: str) -> Message:
    """What Maya is told, whose last task is 5."""
    try:
        read(typed)
    except ReadingError as error:
        return unread(error, Payload(kind=Kind.COMMAND, command="/task", text=typed), READER)
    pytest.fail(f"{typed!r} was read")


def read(typed: str) -> object:
    command = read_verb(typed)
    rest, verb = command.rest, command.verb
    match verb:
        case "add":
            return read_new_task(rest, MAYA, READER.now)
        case "list":
            return read_list(rest, MAYA, None)
        case "assign":
            return read_assignment(rest, verb, MAYA)
        case "due":
            return read_due_change(rest, verb, READER.now)
        case "priority":
            return read_priority(rest, verb)
        case "show":
            return read_number(rest, verb)
        case "help":
            return read_verb(rest)
        case _:
            return read_numbers(rest, verb)


def examples(message: Message) -> list[str]:
    """The commands that stand as code in the answer."""
    runs = message.blocks[0]["elements"][0]["elements"]
    codes = [run["text"] for run in runs if run.get("style") == {"code": True}]
    return [code.removeprefix("/task ") for code in codes]


LONG = "Write " + "one more word " * 12


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("assign 1 <@U02|Anna Maria> please", ["assign 1 @Anna Maria"]),
        ("assign task 1 to <@U02|Anna Maria>", ["assign 1 @Anna Maria"]),
        ("assign 1 @Anna Maria", ["assign 1 @me"]),
        ("assign 1 <#C01|dev>", ["assign 1 @me"]),
        ("add Fix login @anna", ["add Fix login @me"]),
        ("add Fix login @anna !high", ["add Fix login @me !high"]),
        ("add @anna", ["add Fix the login page @me"]),
        ("list all !high !low", ["list !high", "list !low"]),
        ("list @anna login", ["list @me login"]),
        ("due 1 2026-11-01", ["due 1 tomorrow", "due 1 2027-11-01"]),
        ("due 1 2026-11-01 5pm", ["due 1 tomorrow 17:00", "due 1 2027-11-01 17:00"]),
        ("due 1 today 9:00", ["due 1 tomorrow 09:00"]),
        ("add Pay due 2026-11-01", ["add Pay due tomorrow", "add Pay due 2027-11-01"]),
        ("NEW Pay due feb 29", ["NEW Pay due 2028-02-29"]),
        ("due friday 1", ["due 1 friday"]),
        ("due tomorrow", ["due 5 tomorrow"]),
        ("done 1 then 2", ["done 1 2"]),
        ("done all", ["done 5"]),
        ("show number 3", ["show 3"]),
        (f"add {LONG}due 12/3", [f"add …{tail}" for tail in ("2027-03-12", "2026-12-03")]),
        (f"add {LONG}@anna", ["add …@me"]),
        (f"list {LONG}@anna", ["list @me"]),
        (f"assign 1 to @{'a' * 200}", ["assign 1 to @me"]),
        (f"due 1 {' ' * 200}12/3", ["due 1 2027-03-12", "due 1 2026-12-03"]),
        (f"due 1{' ' * 200}someday", ["due 1 tomorrow"]),
    ],
)
def test_an_example_is_what_was_typed_with_its_fault_mended(
    typed: str, expected: list[str]
) -> None:
    offered = examples(refused(typed))
    assert [shortened(one) for one in offered] == expected
    for one in offered:
        if "Anna" not in one:
            read(one)


def shortened(example: str) -> str:
    """A long title by its last sign: what must be there is an end of its own words."""
    verb, ellipsis, end = example.partition("…")
    if not ellipsis:
        return example
    *title, last = end.split()
    assert "one more word" in " ".join(title)
    return f"{verb}…{last}"


@pytest.mark.parametrize("group", ["<!here>", "<!subteam^S01|@crew>", "<!subteam^S01>", "@channel"])
def test_a_group_is_never_one_person(group: str) -> None:
    for typed, one in (
        (f"add Fix login {group}", "a task has one assignee. Type @"),
        (f"assign 1 {group}.", "a task has one assignee. Type @"),
        (f"list {group}", "a list is of one person. Type @"),
    ):
        assert f" is a group, and {one}" in refused(typed).text
    assert "I cannot tell who @zed is." in refused(f"add Ask {group} about it @zed").text


def test_of_several_people_it_says_the_half_that_fits() -> None:
    both = "<@U02|tom> <@U03|ada>"
    for typed, fits, other in (
        (f"add Fix login {both}", "a task has one assignee: @tom or @ada?", "list"),
        (f"assign 1 {both}", "a task has one assignee: @tom or @ada?", "list"),
        (f"list {both}", "a list is of one person: @tom or @ada?", "assignee"),
    ):
        said = refused(typed).text.partition("Example")[0]
        assert (fits in said, other in said) == (True, False), typed


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("feb 29", "There is no “feb 29” before 2028."),
        ("feb 29 2027", "There is no “feb 29 2027”."),
        ("31/2", "There is no “31/2”."),
        ("feb 30", "There is no “feb 30”."),
    ],
)
def test_of_a_day_that_is_not_it_says_nothing_false(day: str, words: str) -> None:
    assert refused(f"due 1 {day}").text.startswith(words)


def test_an_unknown_word_behind_help_is_no_task_to_add() -> None:
    assert [block["type"] for block in refused("help nope").blocks] == ["rich_text", "rich_text"]
    assert [block["type"] for block in refused("nope").blocks][-1] == "actions"
