"""Each change of one thing of a task, and due dates, from the signed request to all that follows.

It is Monday, 23 November 2026: 10:00 in Berlin, where maya is, and 01:00 in Los Angeles with tom.
"""

from datetime import UTC, datetime, timedelta

import pytest

from playground import Channel, Exchange, Person, Slack, Workspace
from playground.messages import JSON, Message, Shown
from tests.conftest import Ahead, RunningBot
from tests.journey import Trail, add, all_told, labels, listed, said, seen

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = (
    "SELECT date(due_day * 86400, 'unixepoch'), datetime(due_at / 1000000, 'unixepoch') "
    "FROM tasks WHERE number = ?"
)
DATE = "^{date_short_pretty} at {time}|"


@pytest.fixture
def clock() -> Ahead:
    ahead = Ahead()
    ahead.turn_to(MONDAY)
    return ahead


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


@pytest.fixture
async def card(bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel) -> Message:
    """The card of task 1, which maya added for nobody."""
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await all_told(bot)
    await trail.skip()
    return dev.messages[0]


def grey(shown: Shown) -> list[JSON]:
    """The parts of the grey lines in a message, as Slack was told them."""
    return [
        part for block in shown.blocks if block["type"] == "context" for part in block["elements"]
    ]


def offered(answer: Exchange) -> list[str]:
    """The commands that an answer shows as examples."""
    runs = [
        run
        for block in answer.latest().blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_section"
        for run in part["elements"]
    ]
    return [run["text"] for run in runs if run.get("style", {}).get("code")]


def copied(answer: Exchange) -> list[str]:
    """What stands in the answer to be copied."""
    parts = [part for block in answer.latest().blocks for part in block.get("elements", ())]
    return [
        str(part["elements"][0]["text"])
        for part in parts
        if part["type"] == "rich_text_preformatted"
    ]


# Due words in add


ADDED: dict[str, tuple[str, str, tuple[str | None, str | None], str]] = {
    "tomorrow": (
        "U01",
        "Due tomorrow, Tue 24 Nov 2026 (Europe/Berlin)",
        ("2026-11-24", None),
        "Due Tue 24 Nov 2026",
    ),
    "due today": (
        "U01",
        "Due today, Mon 23 Nov 2026 (Europe/Berlin)",
        ("2026-11-23", None),
        "Due Mon 23 Nov 2026",
    ),
    "friday 5pm": (
        "U01",
        "Due Fri 27 Nov 2026, 17:00 (Europe/Berlin)",
        (None, "2026-11-27 16:00:00"),
        "Due Fri 27 Nov 2026 16:00 UTC",
    ),
    "by next week": (
        "U01",
        "Due Mon 30 Nov 2026 (Europe/Berlin)",
        ("2026-11-30", None),
        "Due Mon 30 Nov 2026",
    ),
    "due dec 15 14:30": (
        "U01",
        "Due Tue 15 Dec 2026, 14:30 (Europe/Berlin)",
        (None, "2026-12-15 13:30:00"),
        "Due Tue 15 Dec 2026 13:30 UTC",
    ),
    "due by 25/12": (
        "U01",
        "Due Fri 25 Dec 2026 (Europe/Berlin)",
        ("2026-12-25", None),
        "Due Fri 25 Dec 2026",
    ),
    "due tonight": (
        "U02",
        "Due today, Mon 23 Nov 2026, 20:00 (America/Los_Angeles)",
        (None, "2026-11-24 04:00:00"),
        "Due Tue 24 Nov 2026 04:00 UTC",
    ),
    "2026-12-03": (
        "U02",
        "Due Thu 3 Dec 2026 (America/Los_Angeles)",
        ("2026-12-03", None),
        "Due Thu 3 Dec 2026",
    ),
}


async def test_due_words_are_echoed_in_full_kept_and_shown_on_the_card(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace
) -> None:
    for number, (typed, (user_id, echo, kept, on_card)) in enumerate(ADDED.items(), 1):
        person, place = team.people[user_id], team.add_channel(f"C9{number}", name=f"r{number}")
        answer = await person.command(f"/task add Fix login {typed} !high", channel=place)
        said_of_it = f"Added #{number} Fix login\nFor nobody · {echo} · High priority."
        assert said(answer) == f"{said_of_it}\n[Edit] [Undo]"
        assert (typed, bot.rows(DUE, number)) == (typed, [kept])
        await trail.of(answer, f"#{number} created")

        await slack.until(lambda place=place: place.messages, why="the card")  # type: ignore[misc]
        (card,) = place.messages
        facts = f"{on_card} · High priority · Added by {person.name}"
        assert seen(card, place).splitlines()[1] == f"To do · For nobody · {facts}"
        assert card.text == f"#{number} Fix login (To do · For nobody · {facts})"
        assert grey(card)[1] == as_sent(on_card, kept[1])


def as_sent(on_card: str, moment: str | None) -> JSON:
    """A day is plain words; a moment is Slack's token, which everybody reads in their own zone."""
    if moment is None:
        return {"type": "plain_text", "text": f"· {on_card}", "emoji": True}
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    before, _, when = on_card.partition(" ")
    token = f"· {before} <!date^{int(at.timestamp())}{DATE}{when}>"
    return {"type": "mrkdwn", "text": token, "verbatim": True}


async def test_a_card_painted_after_its_day_says_overdue_on_its_creator_s_clock(
    slack: Slack, clock: Ahead, trail: Trail, team: Workspace, maya: Person, tom: Person
) -> None:
    typed = ((maya, "due today"), (tom, "due today"), (maya, "due today 23:00"))
    places = [team.add_channel(f"C9{at}", name=f"r{at}") for at in range(3)]
    for (person, due), place in zip(typed, places, strict=True):
        await person.command(f"/task add Fix login {due}", channel=place)
        await slack.until(lambda place=place: place.messages, why="the card")  # type: ignore[misc]
    assert all("· Due " in seen(place.messages[0], place) for place in places)

    # Half past midnight in Berlin, and the afternoon before in Los Angeles.
    clock.turn_to(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    await trail.skip()
    painted = (
        "Overdue: Mon 23 Nov 2026",
        "Due Mon 23 Nov 2026",
        "Overdue: Mon 23 Nov 2026 22:00 UTC",
    )
    for number, (place, words) in enumerate(zip(places, painted, strict=True), 1):
        answer = await tom.command(f"/task priority {number} low", channel=place)
        await trail.of(answer, f"#{number} prioritised")
        (card,) = place.messages
        await slack.until(lambda card=card: "Low" in card.text, why="the card")  # type: ignore[misc]
        assert f" · {words} · Low priority" in card.text
        assert seen(card, place).splitlines()[1].split(" · ")[2] == words
    moment = f"· Overdue: <!date^1795471200{DATE}Mon 23 Nov 2026 22:00 UTC>"
    assert grey(places[2].messages[0])[1]["text"] == moment


LEFT = {
    "Fix login next friday": ("next friday", "due 1 next friday", "rescheduled"),
    "Fix login in 3 days @tom !high": ("in 3 days", "due 2 in 3 days", "rescheduled"),
    "Ship it 12/3": ("12/3", "due 3 ", "rescheduled"),
    "Ask @tom.": ("@tom", "assign 4 @tom", "assigned"),
    "Ask about it (@tom) tomorrow": ("@tom", "assign 5 @tom", "assigned"),
}
TAKEN = (
    "Prepare slides for monday",
    '"Fix login next friday"',
    "Fix login due next friday",
    "Ask @tom for it",
    "Wait until tomorrow @tom",
)


async def test_words_that_were_left_in_the_title_are_named_with_what_would_take_them(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for number, (typed, (left, example, event)) in enumerate(LEFT.items(), 1):
        answer = await maya.command(f"/task add {typed} !quiet", channel=dev)
        (line,) = [line for line in said(answer).splitlines() if "stayed in the title" in line]
        (command,) = offered(answer)
        words, _, hint = line.partition(" stayed in the title. To ")
        assert (words[0] + words[-1], left in words, hint.endswith(command)) == ("“”", True, True)
        assert command.startswith(f"/task {example}")
        await trail.of(answer, f"#{number} created")
        await trail.of(await maya.command(command, channel=dev), f"#{number} {event}")
    for number, typed in enumerate(TAKEN, len(LEFT) + 1):
        answer = await maya.command(f"/task add {typed} !quiet", channel=dev)
        assert offered(answer) == []
        assert len(said(answer).splitlines()) == len(["title", "facts", "Undo"])
        await trail.of(answer, f"#{number} created")
    assert bot.rows("SELECT title, assignee_id FROM tasks WHERE number < 6") == [
        ("Fix login next friday", None),
        ("Fix login in 3 days", "U02"),
        ("Ship it 12/3", None),
        ("Ask @tom.", "U02"),
        ("Ask about it (@tom)", "U02"),
    ]


# One thing of a task: what was typed, what is answered, what happened, and what the card says


Steps = tuple[tuple[str, str, str], ...]
TOMORROW = "due tomorrow, Tue 24 Nov 2026 (Europe/Berlin)"
FRIDAY = "due Fri 27 Nov 2026, 17:00 (Europe/Berlin)"
IN_UTC = "Due Fri 27 Nov 2026 16:00 UTC"
ONE_THING: dict[str, tuple[Steps, tuple[str, ...]]] = {
    "assign": (
        (
            ("assign 1 @tom", "#1 Fix login is for tom.", "For tom"),
            ("assign #1 to @tom", "#1 Fix login is for tom already.", ""),
            ("give 1 for @maya", "#1 Fix login is yours.", "For maya"),
            ("assign 1 me", "#1 Fix login is yours already.", ""),
            ("assign 1 nobody", "#1 Fix login is nobody's.", "For nobody"),
            ("give 1 to nobody", "#1 Fix login is nobody's already.", ""),
            ("assign 1 @me", "#1 Fix login is yours.", "For maya"),
        ),
        (
            "maya took it",
            "maya assigned it to nobody",
            "maya took it",
            "maya assigned it to tom",
        ),
    ),
    "due": (
        (
            ("due 1 tomorrow", f"#1 Fix login is {TOMORROW}. For nobody.", "Due Tue 24 Nov 2026"),
            ("due 1 on tue", f"#1 Fix login is {TOMORROW} already.", ""),
            ("due 1 by friday 5pm", f"#1 Fix login is {FRIDAY}. For nobody.", IN_UTC),
            ("due 1 fri at 17:00", f"#1 Fix login is {FRIDAY} already.", ""),
            ("due 1 none", "#1 Fix login has no due date. For nobody.", "To do · For nobody · Add"),
            ("due 1 never", "#1 Fix login has no due date already.", ""),
        ),
        (
            "maya took its due date away",
            "maya set its due date to Fri 27 Nov 2026",
            "maya set its due date to Tue 24 Nov 2026 (Europe/Berlin)",
        ),
    ),
    "priority": (
        (
            ("priority 1 high", "#1 Fix login has high priority. For nobody.", "High priority"),
            ("priority 1 !HIGH", "#1 Fix login has high priority already.", ""),
            ("priority 1 !low", "#1 Fix login has low priority. For nobody.", "Low priority"),
            (
                "priority 1 normal",
                "#1 Fix login has normal priority. For nobody.",
                "For nobody · Added",
            ),
            ("priority #1 !normal", "#1 Fix login has normal priority already.", ""),
        ),
        (
            "maya set its priority to normal",
            "maya set its priority to low",
            "maya set its priority to high",
        ),
    ),
    "edit": (
        (
            (
                "edit 1 Ask @tom <b> & co",
                "#1 Ask @tom <b> & co is its title now. For nobody.",
                "#1 Ask @tom <b> & co\nTo do",
            ),
            ("edit 1 Ask @tom <b> & co", "#1 Ask @tom <b> & co has that title already.", ""),
            (
                'edit #1 "By friday !high"',
                "#1 By friday !high is its title now. For nobody.",
                "#1 By friday !high\nTo do",
            ),
            (
                "edit 1 On one\nline",
                "#1 On one line is its title now. For nobody.",
                "#1 On one line\nTo do",
            ),
        ),
        (
            "maya renamed it from “By friday !high” to “On one line”",
            "maya renamed it from “Ask @tom <b> & co” to “By friday !high”",
            "maya renamed it from “Fix login” to “Ask @tom <b> & co”",
        ),
    ),
}
EVENT = {"assign": "assigned", "due": "rescheduled", "priority": "prioritised", "edit": "renamed"}


@pytest.mark.parametrize("verb", ONE_THING)
async def test_each_change_is_answered_kept_shown_told_and_counted_and_what_is_so_changes_nothing(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    maya: Person,
    dev: Channel,
    card: Message,
    verb: str,
) -> None:
    steps, history = ONE_THING[verb]
    for typed, words, on_card in steps:
        before = bot.rows("SELECT * FROM tasks")
        answer = await maya.command(f"/task {typed}", channel=dev)
        assert isinstance(answer.body, dict)
        assert answer.body["response_type"] == "ephemeral"
        assert said(answer) == (f"{words}\n[Undo]" if on_card else words)
        await trail.of(answer, *([f"#1 {EVENT[verb]}"] if on_card else []))
        assert (bot.rows("SELECT * FROM tasks") == before) is not bool(on_card)
        await slack.until(lambda on_card=on_card: on_card in seen(card, dev), why="the card")  # type: ignore[misc]
    told = await maya.command("/task history 1", channel=dev)
    assert [line.partition(", ")[0] for line in said(told).splitlines()[1:]] == [
        *(f"• {deed}" for deed in history),
        "• maya added it",
    ]
    assert dev.messages == [card]


async def test_what_each_change_leaves_in_the_database(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    row = "SELECT title, assignee_id, priority, version FROM tasks"
    await add(maya, dev, "Fix login")
    changes = (
        ("assign 1 @tom", ("Fix login", "U02", "normal", 2), (None, None)),
        ("due 1 friday 5pm", ("Fix login", "U02", "normal", 3), (None, "2026-11-27 16:00:00")),
        ("due 1 friday", ("Fix login", "U02", "normal", 4), ("2026-11-27", None)),
        ("priority 1 !high", ("Fix login", "U02", "high", 5), ("2026-11-27", None)),
        ("edit 1 Fix logout", ("Fix logout", "U02", "high", 6), ("2026-11-27", None)),
        ("due 1 none", ("Fix logout", "U02", "high", 7), (None, None)),
        ("assign 1 nobody", ("Fix logout", None, "high", 8), (None, None)),
    )
    for typed, kept, due in changes:
        await maya.command(f"/task {typed}", channel=dev)
        assert (typed, bot.rows(row), bot.rows(DUE, 1)) == (typed, [kept], [due])
    found = await maya.command("/task list LOGOUT !high", channel=dev)
    assert listed(found.latest()) == [1]

    stranger = "/task assign 1 <@U0NEW|zora>"
    answer = await maya.command(stranger, channel=dev, escape=False)
    assert said(answer).startswith("#1 Fix logout is for zora.")
    assert bot.rows("SELECT assignee_id FROM tasks") == [("U0NEW",)]


# note


async def test_notes_are_added_below_each_other_with_who_and_when(
    bot: RunningBot,
    clock: Ahead,
    trail: Trail,
    maya: Person,
    tom: Person,
    dev: Channel,
    card: Message,
) -> None:
    first = await maya.command("/task note 1 Seen on <staging>\n\n  and here", channel=dev)
    assert said(first) == "#1 Fix login has a new note. For nobody.\n[Undo]"
    await trail.of(first, "#1 noted")
    clock.turn_to(MONDAY + timedelta(hours=5, minutes=30))
    await trail.of(await tom.command("/task note #1 Same for @maya", channel=dev), "#1 noted")
    await trail.of(await tom.command("/task note #1 Same for @maya", channel=dev), "#1 noted")
    notes = (
        "maya, Mon 23 Nov 2026, 10:00 (Europe/Berlin): Seen on <staging>\n\n  and here\n"
        "tom, Mon 23 Nov 2026, 06:30 (America/Los_Angeles): Same for @maya\n"
        "tom, Mon 23 Nov 2026, 06:30 (America/Los_Angeles): Same for @maya"
    )
    assert bot.rows("SELECT notes FROM tasks") == [(notes,)]
    whole = await maya.command("/task show 1", channel=dev)
    assert notes in said(whole)
    assert said(whole).count("added a note") == 3
    found = await maya.command("/task list STAGING", channel=dev)
    assert listed(found.latest()) == [1]
    await all_told(bot)
    assert "staging" not in str(card.payload())


async def test_full_notes_take_no_more_and_the_answer_says_where_it_goes_instead(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    stamp = "maya, Mon 23 Nov 2026, 10:00 (Europe/Berlin): "
    await maya.command(f"/task add Fix login !quiet\n{'n' * 2_900}", channel=dev)
    room = 3_000 - 2_900 - len("\n") - len(stamp)
    await trail.skip()
    refused = await maya.command(f"/task note 1 {'m' * (room + 1)}", channel=dev)
    full = "#1 Fix login: its notes are full, they hold 3,000 characters. Instead: "
    assert said(refused).splitlines()[0] == f"{full}/task add More on #1"
    assert copied(refused) == [f"/task note 1 {'m' * (room + 1)}"]
    await trail.of(refused, outcome="rejected")
    answer = await maya.command(f"/task note 1 {'m' * room}", channel=dev)
    await trail.of(answer, "#1 noted")
    notes = f"{'n' * 2_900}\n{stamp}{'m' * room}"
    assert (bot.rows("SELECT notes FROM tasks"), len(notes)) == ([(notes,)], 3_000)
    (instead,) = offered(refused)
    await trail.of(await maya.command(f"{instead} !quiet", channel=dev), "#2 created")


# What is refused


@pytest.fixture
async def four(bot: RunningBot, trail: Trail, maya: Person, dev: Channel) -> None:
    """Tasks of maya's: 2 is done, 3 is deleted."""
    await add(maya, dev, "Fix login", "Done thing", "Gone thing", "Last thing")
    await maya.command("/task done 2", channel=dev)
    question = await maya.command("/task delete 3", channel=dev)
    await maya.click(text="Delete #3", on=question)
    await all_told(bot)
    await trail.skip()


REST = {
    "assign": ("@tom", "assigned", "is for tom."),
    "give": ("me", "assigned", "is yours."),
    "due": ("tomorrow", "rescheduled", "is due tomorrow, Tue 24 Nov 2026 (Europe/Berlin)."),
    "priority": ("low", "prioritised", "has low priority."),
    "edit": ("Other thing", "renamed", "is its title now."),
    "note": ("Seen it", "noted", "has a new note."),
}
LAST = "Your last tasks: #4 Last thing; #2 "


@pytest.mark.usefixtures("four")
async def test_done_tasks_can_be_changed_deleted_ones_cannot_and_others_never_were(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for verb, (rest, event, words) in REST.items():
        done = await maya.command(f"/task {verb} 2 {rest}", channel=dev)
        assert said(done).startswith("#2 ")
        assert said(done).endswith(f" {words}\n[Undo]")
        await trail.of(done, f"#2 {event}")

        deleted = await maya.command(f"/task {verb} 3 {rest}", channel=dev)
        gone = "#3 was deleted by maya. To bring it back: /task restore 3"
        assert said(deleted).splitlines()[0] == gone
        assert copied(deleted) == [f"/task {verb} 3 {rest}"]
        await trail.of(deleted, outcome="rejected")

        never = await maya.command(f"/task {verb} 112 {rest}", channel=dev)
        first, recalled, *_ = said(never).splitlines()
        assert first == "There is no task #112. Yours: /task list"
        assert recalled.startswith(LAST)
        assert recalled.endswith("; #1 Fix login")
        assert copied(never) == [f"/task {verb} 112 {rest}"]
        await trail.of(never, outcome="rejected")
    assert bot.rows("SELECT version FROM tasks WHERE number IN (1, 3, 4)") == [(1,), (2,), (1,)]
    assert bot.rows("SELECT status FROM tasks WHERE number = 2") == [("done",)]


@pytest.mark.usefixtures("four")
async def test_how_to_bring_a_task_back_is_told_to_those_who_may(
    trail: Trail, team: Workspace, maya: Person, tom: Person, dev: Channel
) -> None:
    ada = team.people["U03"]
    gone = "#3 was deleted by maya."
    for person, way in (
        (maya, "To bring it back: /task restore 3"),
        (ada, "To bring it back: /task restore 3"),
        (tom, "Its creator, its assignee or an admin can bring it back."),
    ):
        refused = await person.command("/task due 3 tomorrow", channel=dev)
        assert said(refused).splitlines()[0] == f"{gone} {way}"
        await trail.of(refused, outcome="rejected")
        shown = await person.command("/task show 3", channel=dev)
        assert said(shown).splitlines()[0] == "#3 deleted by maya"
        assert labels(shown.latest()) == ([] if person is tom else ["Restore"])
        await trail.of(shown)


UNREAD = {
    "assign": ("Which task? assign needs a number.", "assign 4 @maya"),
    "give": ("Which task? assign needs a number.", "assign 4 @maya"),
    "due": ("Which task? due needs a number.", "due 4 tomorrow"),
    "priority": ("Which task? priority needs a number.", "priority 4 high"),
    "edit": ("Which task? edit needs a number.", "edit 4 Fix the login page"),
    "note": ("Which task? note needs a number.", "note 4 The logs are in the channel"),
    "assign me": ("“me” is no task number.", "assign 4 me"),
    "assign @tom": ("“@tom” is no task number.", "assign 4 @tom"),
    "assign task 1 @tom": ("“task” is no task number.", "assign 1 @tom"),
    "priority of 1 low": ("“of” is no task number.", "priority 1 low"),
    "priority urgent 1": ("“urgent” is no priority: high, normal or low.", "priority 1 high"),
    "due friday 1": ("“friday” is no task number.", "due 1 friday"),
    "due task 1 friday": ("“task” is no task number.", "due 1 friday"),
    "due dec 3": ("“dec” is no task number.", "due 4 dec 3"),
    "start 1 then 4": ("“then” is no task number.", "start 1 4"),
    "done task 2": ("“task” is no task number.", "done 2"),
    "show task 1 2": ("“task” is no task number.", "show 1"),
    "history of #2": ("“of” is no task number.", "history 2"),
    "show 1 and 2": ("show takes one number.", "show 1"),
    "due tomorrow": ("“tomorrow” is no task number.", "due 4 tomorrow"),
    "priority high": ("“high” is no task number.", "priority 4 high"),
    "edit New title": ("“New” is no task number.", "edit 4 New title"),
    "note Seen it": ("“Seen” is no task number.", "note 4 Seen it"),
    "assign 1": ("To whom?", "assign 1 @maya"),
    "give #1 to": ("To whom?", "assign 1 @maya"),
    "due 1": ("When is it due?", "due 1 tomorrow"),
    "priority 1": ("Which priority: high, normal or low?", "priority 1 high"),
    "note 1": ("What should the note say?", "note 1 The logs are in the channel"),
    "assign 1 tom": ("I cannot tell who tom is. Type @ and pick", "assign 1 @me"),
    "assign 1 @zed": ("I cannot tell who @zed is. Type @ and pick", "assign 1 @me"),
    "assign 1 to @Zed Ray.": ("I cannot tell who @Zed Ray is.", "assign 1 to @me."),
    "assign 1 #dev": ("I cannot tell who #dev is.", "assign 1 @me"),
    "assign 1 @here": ("@here is a group, and a task has one assignee.", "assign 1 @me"),
    "assign 1 <!subteam^S1|@crew>!": ("@crew is a group, and a task", "assign 1 @me!"),
    "assign 1 @tom now": ("“@tom now” is not one person.", "assign 1 @tom"),
    "assign 1 @tom @maya": (
        "These are several people, and a task has one assignee: @tom or @maya?",
        "assign 1 @tom",
    ),
    "assign 1 2": ("assign takes one number.", "assign 1 @maya"),
    "assign 1 2 @tom": ("“2 @tom” is not one person.", "assign 1 @tom"),
    "due 1 someday": ("“someday” is no day or time that I can read.", "due 1 tomorrow"),
    "due 1 2 tomorrow": ("“2 tomorrow” is no day or time that I can read.", "due 1 tomorrow"),
    "due 1 friday please": ("“friday please” is no day or time", "due 1 tomorrow"),
    "due 1 2026-11-01": ("“2026-11-01” has passed.", "due 1 tomorrow", "due 1 2027-11-01"),
    "due 1 today 9am": ("“today 9am” has passed.", "due 1 tomorrow 09:00"),
    "due 1 31/2": ("There is no “31/2”.", "due 1 2027-03-01"),
    "due 1 feb 29": ("There is no “feb 29” before 2028.", "due 1 2028-02-29"),
    "due 1 12/3": ("“12/3” can be two days.", "due 1 2027-03-12", "due 1 2026-12-03"),
    "priority 1 urgent": ("“urgent” is no priority: high, normal or low.", "priority 1 high"),
    "priority 1 2 low": ("“2 low” is no priority: high, normal or low.", "priority 1 high"),
    f"edit 1 {'word ' * 40}end": (
        "The title has 203 characters; a task holds 200.",
        f"edit 1 {'word ' * 14}word"[:77].rstrip(),
    ),
    f"edit 1 {'x' * 201}": (
        "The title has 201 characters; a task holds 200.",
        f"edit 1 {'x' * 73}",
    ),
    f"note 1 {'x' * 3_001}": (
        "The notes have 3,001 characters; a task holds 3,000.",
        f"note 1 {'x' * 73}",
    ),
}


@pytest.mark.usefixtures("four")
async def test_what_cannot_be_read_is_answered_with_examples_of_it_that_work_and_the_text_to_copy(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for typed, (words, *examples) in UNREAD.items():
        before = bot.rows("SELECT * FROM tasks")
        refused = await maya.command(f"/task {typed}", channel=dev)
        assert (typed, words in said(refused)) == (typed, True)
        assert (typed, offered(refused)) == (typed, [f"/task {one}" for one in examples])
        assert copied(refused) == [f"/task {typed.replace('<!subteam^S1|@crew>', '@crew')}"]
        await trail.of(refused, outcome="rejected")
        assert bot.rows("SELECT * FROM tasks") == before
        for example in offered(refused):
            answer = await maya.command(example, channel=dev)
            assert said(answer).removeprefix("History of ").startswith("#"), example
        await trail.skip()


async def test_only_tasks_that_one_may_see_are_changed_and_recalled(
    bot: RunningBot, trail: Trail, team: Workspace, maya: Person, tom: Person, dev: Channel
) -> None:
    den = team.add_channel("C08", name="den", kind="private", members=["U01"])
    await add(maya, den, "Hidden thing")
    await trail.skip()
    for typed in ("due 1 tomorrow", "due"):
        refused = await tom.command(f"/task {typed}", channel=dev)
        assert "Your last tasks" not in said(refused)
        await trail.of(refused, outcome="rejected")
    await add(tom, dev, "Plain thing")
    await trail.skip()
    for verb, (rest, *_) in REST.items():
        hidden = await tom.command(f"/task {verb} 1 {rest}", channel=dev)
        never = await tom.command(f"/task {verb} 7 {rest}", channel=dev)
        assert str(hidden.body).replace("1", "7") == str(never.body).replace("1", "7")
        assert "Your last tasks: #2 Plain thing" in said(hidden)
    assert bot.rows("SELECT version FROM tasks WHERE number = 1") == [(1,)]


# Lists by due date


NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
"""Tuesday, 02:00 in Berlin; Monday, 17:00 in Los Angeles."""

DUE_AT = {
    1: ("2026-11-22", "2 days overdue", "1 day overdue"),
    2: ("2026-11-23", "1 day overdue", "due today"),
    3: ("2026-11-24 !high", "due today", "due tomorrow"),
    4: ("2026-11-24 01:30", "overdue since 01:30", "overdue since 16:30"),
    5: ("2026-11-24 03:00 !low", "due today 03:00", "due today 18:00"),
    6: ("2026-11-24 10:00", "due today 10:00", "due tomorrow 01:00"),
    7: ("2026-11-29", "due Sun 29 Nov", "due Sun 29 Nov"),
    8: ("2026-11-30 05:00", "due Mon 30 Nov 05:00", "due Sun 29 Nov 20:00"),
    9: ("2026-12-04 !high", "due Fri 4 Dec", "due Fri 4 Dec"),
    10: ("2027-01-08", "due Fri 8 Jan 2027", "due Fri 8 Jan 2027"),
}
BY_DUE: dict[str, tuple[str, list[int], list[int]]] = {
    "all": ("Open, everyone", [3, 9, 1, 2, 4, 6, 7, 8, 10, 11], [3, 9, 1, 2, 4, 6, 7, 8, 10, 11]),
    "all overdue": ("Open, everyone, overdue", [1, 2, 4], [1, 4]),
    "all today": ("Open, everyone, due today or overdue", [3, 1, 2, 4, 6, 5], [1, 2, 4, 5]),
    "all week": (
        "Open, everyone, due this week or overdue",
        [3, 1, 2, 4, 6, 7, 5],
        [3, 1, 2, 4, 6, 7, 8, 5],
    ),
    "all week today": ("Open, everyone, due today or overdue", [3, 1, 2, 4, 6, 5], [1, 2, 4, 5]),
    "all !high week": ("Open, everyone, high priority, due this week or overdue", [3], [3]),
    "all today !low": ("Open, everyone, low priority, due today or overdue", [5], [5]),
    "all week moment": (
        "Open, everyone, due this week or overdue, “moment”",
        [4, 6, 5],
        [4, 6, 8, 5],
    ),
    "here overdue doing": ("In progress, everyone, overdue, in #dev", [4], [4]),
    "@maya today": ("Open, maya, due today or overdue", [3, 1, 2, 6, 5], [1, 2, 5]),
    "@tom overdue": ("Open, tom, overdue", [4], [4]),
    "nobody overdue": ("Open, assigned to nobody, overdue", [1, 2], [1]),
    "all done overdue": ("Done, everyone, overdue", [], []),
}


@pytest.fixture
async def ten(bot: RunningBot, clock: Ahead, trail: Trail, maya: Person, dev: Channel) -> None:
    """Tasks of maya's with due dates, one without; the fourth is tom's, who started it."""
    clock.turn_to(MONDAY - timedelta(days=7))
    for number, (due, *_) in DUE_AT.items():
        title = "At a moment" if ":" in due else "On a day"
        await add(maya, dev, f"{title} {'@tom' if number == 4 else ''} {due}")
    await add(maya, dev, "Never due")
    await maya.command("/task start 4", channel=dev)
    clock.turn_to(NOW)
    await all_told(bot)
    await trail.skip()


@pytest.mark.usefixtures("ten")
async def test_lists_by_due_date_go_by_the_clock_of_who_looks_and_so_do_the_words_in_their_rows(
    slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    for typed, (headline, *expected) in BY_DUE.items():
        for person, numbers in zip((maya, tom), expected, strict=True):
            answer = await person.command(f"/task list {typed}", channel=dev)
            first = said(answer).splitlines()[0]
            found = listed(answer.latest())
            assert (typed, person.name, first, found) == (typed, person.name, headline, numbers)
            await trail.of(answer)
    for at, person in enumerate((maya, tom), 1):
        answer = await person.command("/task list all", channel=dev)
        rows = due_words(answer.latest())
        click = await person.click(text="more", on=answer)
        await slack.until(lambda click=click: click.shown, why="the second page")  # type: ignore[misc]
        rows |= due_words(answer.latest())
        assert rows == {number: words[at] for number, words in DUE_AT.items()}


def due_words(shown: Shown) -> dict[int, str]:
    """What each row of a list says about its due date, if it has one."""
    texts = [block["text"]["text"] for block in shown.blocks if block["type"] == "section"]
    facts = {int(text[1:].split()[0]): text.split(" · ") for text in texts}
    return {number: parts[2] for number, parts in facts.items() if len(parts) > 2}


async def test_done_in_a_row_offers_its_undo_above_the_list_on_the_page_where_it_was_clicked(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, *(f"Thing {number} @me due friday" for number in range(1, 14)))
    await trail.skip()
    answer = await maya.command("/task list week", channel=dev)
    assert listed(answer.latest()) == list(range(1, 11))
    await trail.of(answer)
    turned = await maya.click(text="more", on=answer)
    await slack.until(lambda: turned.shown, why="the second page")
    assert listed(answer.latest()) == [11, 12, 13]
    await trail.of(turned)

    before = bot.rows(STATE)
    done = await maya.click("task_done", on=answer, value="12")
    await slack.until(lambda: done.shown, why="the page without it")
    assert listed(answer.latest()) == [11, 13]
    assert said(answer).splitlines()[:2] == [
        "#12 Thing 12 is done.  [Undo]",
        "Open, maya, due this week or overdue",
    ]
    assert labels(answer.latest()) == ["Undo", "Done", "Done", "Previous", "Post to channel"]
    await trail.of(done, "#12 completed")

    undone = await maya.click(text="Undo", on=answer)
    await slack.until(lambda: undone.shown, why="the page with it")
    assert listed(answer.latest()) == [11, 12, 13]
    assert said(answer).startswith("Undone: #12 Thing 12\n")
    assert "Undo" not in labels(answer.latest())
    await trail.of(undone, "#12 reopened undo")
    assert bot.rows(STATE) == before


STATE = "SELECT number, status, assignee_id, completed_at, completed_by FROM tasks ORDER BY number"
