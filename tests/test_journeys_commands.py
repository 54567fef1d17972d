"""Each command from the signed request to everything that follows from it."""

import pytest

from bot.app import COMMANDS
from playground import Channel, Person, Slack, Workspace
from playground.messages import Message
from tests.conftest import RunningBot
from tests.journey import Trail, add, all_told, labels, listed, said, seen

TASK = "SELECT title, notes, assignee_id, priority FROM tasks WHERE number = ?"
STATUS = "SELECT number, status, assignee_id FROM tasks ORDER BY number"


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


@pytest.fixture
def ada(team: Workspace) -> Person:
    return team.people["U03"]


@pytest.fixture
def gus(team: Workspace) -> Person:
    return team.people["U04"]


@pytest.fixture
def secret(team: Workspace) -> Channel:
    return team.channels["C02"]


# The bare command


async def test_a_newcomer_is_welcomed_with_three_examples_and_a_button_that_adds_a_task(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    welcome = await maya.command("/task", channel=dev)
    assert said(welcome).startswith("Welcome! Taskbot keeps")
    assert said(welcome).count("• /task ") == 3
    assert labels(welcome.latest()) == ["Add a first task for me"]
    await trail.of(welcome)

    click = await maya.click(text="Add a first task for me", on=welcome)
    await slack.until(lambda: click.shown, why="the answer in the place of the welcome")
    assert said(click).startswith("Added #1 Try out Taskbot\nFor maya.")
    assert click.latest() is welcome.latest()
    assert bot.rows(TASK, 1) == [("Try out Taskbot", "", "U01", "normal")]
    await trail.of(click, "#1 created")

    mine = await maya.command("/task", channel=dev)
    assert said(mine).startswith("Open, maya\n#1 Try out Taskbot\nTo do · maya")
    assert labels(mine.latest()) == ["Done", "Post to channel"]
    await trail.of(mine)
    assert dev.messages == []


async def test_the_bare_command_lists_my_open_tasks_and_never_welcomes_twice(
    trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Mine and given @me", "Mine by making", "Given away @tom", "Finished")
    await add(tom, dev, "Of another", "From another @maya")
    await maya.command("/task done 4", channel=dev)
    await trail.skip()
    answer = await maya.command("/task", channel=dev)
    assert listed(answer.latest()) == [1, 2, 6]
    await trail.of(answer)

    await maya.command("/task done 1 2 6", channel=dev)
    nothing = await maya.command("/task", channel=dev)
    assert said(nothing).startswith("Open, maya\nNothing here. Add a task: /task add")


# add


async def test_an_added_task_is_saved_answered_shown_logged_and_counted(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Fix login @tom !high\nOn staging\nonly", channel=dev)
    assert answer.status == 200
    assert isinstance(answer.body, dict)
    assert answer.body["response_type"] == "ephemeral"
    assert said(answer) == ("Added #1 Fix login\nFor tom · High priority.\n[Edit] [Undo]")
    assert answer.text == "Added #1 Fix login\nFor tom · High priority."
    assert bot.rows(TASK, 1) == [("Fix login", "On staging\nonly", "U02", "high")]
    await slack.until(lambda: dev.messages, why="the card")
    await trail.of(answer, "#1 created")
    (card,) = dev.messages
    assert seen(card, dev).splitlines()[:2] == [
        "#1 Fix login",
        "To do · For tom · High priority · Added by maya",
    ]
    assert labels(card) == ["Done", "Start", "Edit", "Assign to me", "Delete"]
    assert card.text == "#1 Fix login (To do · For tom · High priority · Added by maya)"
    posts = [call.channel for call in slack.calls if call.method == "chat.postMessage"]
    assert posts.count("C01") == 1
    assert set(posts) <= {"C01", "U02"}, "the card, and a word to whom it is for"


READ = {
    "nobody's": ("Fix login", ("Fix login", "", None, "normal")),
    "@me": ("Fix login @me", ("Fix login", "", "U01", "normal")),
    "for": ("Fix login for @tom", ("Fix login", "", "U02", "normal")),
    "to": ("Give keys to @tom !low", ("Give keys", "", "U02", "low")),
    "any order": ("Fix login !high @tom !quiet", ("Fix login", "", "U02", "high")),
    "inside": ("Ask @tom for the logs", ("Ask @tom for the logs", "", None, "normal")),
    "quoted": ('"Fix login for @tom"', ("Fix login for @tom", "", None, "normal")),
    "curly": ("“Fix !high” @tom", ("Fix !high", "", "U02", "normal")),
    "curly inside": ("Fix “that” thing", ("Fix “that” thing", "", None, "normal")),
    "quoted, then more": ('"Stand for @tom" !low', ("Stand for @tom", "", None, "low")),
    "hard spaces": ("Fix\u00a0login\u00a0!high", ("Fix\u00a0login", "", None, "high")),
    "zero width": ("Fix login \u200b!high\u200b", ("Fix login", "", None, "high")),
    "NUL": ("Fix\x00 lo\x00gin", ("Fix login", "", None, "normal")),
    "emoji": ("Ship 🚀 :tada: @tom", ("Ship 🚀 :tada:", "", "U02", "normal")),
    "right to left": ("תקן את הכניסה !high", ("תקן את הכניסה", "", None, "high")),
    "markup": ("a < b & c > d", ("a < b & c > d", "", None, "normal")),
    "broadcast": ("Tell @channel all", ("Tell @channel all", "", None, "normal")),
    "due words": ("Fix it by friday", ("Fix it", "", None, "normal")),
    "notes": ("Fix login\n\none @tom\n  two", ("Fix login", "one @tom\n  two", None, "normal")),
    "CRLF": ("Fix login @tom\r\none\r\ntwo", ("Fix login", "one\ntwo", "U02", "normal")),
}


async def test_what_was_typed_is_read_kept_and_shown_on_the_card(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person
) -> None:
    for number, (about, (typed, kept)) in enumerate(READ.items(), 1):
        place = team.add_channel(f"C9{number}", name=f"room{number}")
        answer = await maya.command(f"/task add {typed}", channel=place)
        assert (about, bot.rows(TASK, number)) == (about, [kept])
        assert said(answer).startswith(f"Added #{number} {kept[0]}\n")
        await trail.of(answer, f"#{number} created")
        if "!quiet" not in typed:
            await slack.until(lambda place=place: place.messages, why="the card")  # type: ignore[misc]
            assert seen(place.messages[0], place).startswith(f"#{number} {kept[0]}\n")
    await all_told(bot)
    assert [place.name for place in team.channels.values() if place.messages == []] == [
        "dev",
        "secret",
        "room5",
    ]


async def test_what_is_beyond_200_characters_goes_to_the_notes_and_the_answer_says_so(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    line = " ".join(f"word{number:03d}" for number in range(40))
    answer = await maya.command(f"/task add {line} @tom\nBelow it", channel=dev)
    ((title, notes, assignee_id, _),) = bot.rows(TASK, 1)
    assert f"{title} {notes}" == f"{line}\nBelow it"
    assert (len(title), assignee_id) == (199, "U02")
    assert "longer than 200 characters; the rest is in the notes" in said(answer)
    await trail.of(answer, "#1 created")


async def test_notes_of_3000_characters_fit_and_one_more_is_refused_with_the_text_to_copy(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    notes = "n" * 3_000
    answer = await maya.command(f"/task add Long !quiet\n{notes}", channel=dev)
    await trail.of(answer, "#1 created")
    assert bot.rows(TASK, 1) == [("Long", notes, None, "normal")]
    shown = await maya.command("/task show 1", channel=dev)
    assert "n" * 2_000 in said(shown)
    await trail.of(shown)

    refused = await maya.command(f"/task add Longer !quiet\n{notes}n", channel=dev)
    assert "The notes have 3,001 characters; a task holds 3,000." in refused.text
    assert f"/task add Longer !quiet\n{notes}n" in said(refused)
    await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT count(*) FROM tasks") == [(1,)]


async def test_two_people_at_the_end_are_refused_and_offered_as_buttons(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    refused = await maya.command("/task add Paint fence @maya @tom !low", channel=dev)
    assert "@maya or @tom?" in refused.text
    assert "/task add Paint fence @maya @tom !low" in said(refused)
    assert labels(refused.latest()) == ["For maya", "For tom"]
    await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT * FROM tasks") == []

    click = await maya.click(text="For tom", on=refused)
    await slack.until(lambda: click.shown, why="the answer")
    assert said(click).startswith("Added #1 Paint fence\nFor tom · Low priority.")
    assert bot.rows(TASK, 1) == [("Paint fence", "", "U02", "low")]
    await trail.of(click, "#1 created")
    await slack.until(lambda: dev.messages, why="the card")


REFUSED = {
    "no title": ("/task add", "The task has no title. Example: /task add "),
    "only a person": ("/task add @tom !high", "The task has no title."),
    "invisible title": ("/task add \u200b\u200b", "The task has no title."),
    "no number": ("/task done", "Which task? done needs a number. Example: /task done 12"),
    "no number to show": ("/task show", "Which task? show needs a number."),
    "a word for a number": ("/task start soon", "“soon” is no task number. Example: /task start"),
    "a half number": ("/task reopen 1,5x", "“5x” is no task number."),
    "minus": ("/task delete -1", "“-1” is no task number."),
    "21 numbers": (f"/task done {' '.join(map(str, range(21)))}", "21 numbers at once; 20 fit."),
    "two to show": ("/task show 1 2", "show takes one number. Example: /task show 1"),
    "two histories": ("/task history 1 2", "history takes one number."),
    "two people": ("/task list @tom @maya", "a list is of one person: @tom or @maya?"),
    "not a person": ("/task list @nobodyknown", "I cannot tell who @nobodyknown is."),
    "a long search": (f"/task list {'x' * 200}", "That search is too long"),
}


async def test_what_cannot_be_read_is_refused_with_an_example_and_the_text_to_copy(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for about, (typed, words) in REFUSED.items():
        refused = await maya.command(typed, channel=dev)
        assert refused.status == 200
        assert (about, words in refused.text) == (about, True)
        assert "Example: /task " in refused.text
        assert typed.strip() in said(refused).splitlines()[-1]
        await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT * FROM tasks") == []
    assert bot.rows("SELECT * FROM requests") == []


async def test_a_name_that_slack_did_not_make_a_person_of_is_answered_with_how_to_pick_one(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    refused = await maya.command("/task add Paint fence @tom", channel=dev, escape=False)
    assert "I cannot tell who @tom is. Type @ and pick the person" in refused.text
    assert "/task add Paint fence @tom" in said(refused)
    await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT * FROM tasks") == []


async def test_quiet_and_direct_conversations_leave_the_card_out(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person, dev: Channel
) -> None:
    group = team.add_channel("G01", kind="mpim", members=["U01", "U02"])
    places = (("!quiet", dev), ("", team.dm(maya)), ("", group))
    for number, (words, channel) in enumerate(places, 1):
        answer = await maya.command(f"/task add Hush now {words}", channel=channel)
        assert answer.text.startswith(f"Added #{number} Hush now")
        assert "/invite" not in answer.text
        await trail.of(answer, f"#{number} created")
    assert bot.rows("SELECT number, channel_id, has_card FROM tasks") == [
        (1, "C01", 0),
        (2, team.dm(maya).id, 0),
        (3, "G01", 0),
    ]
    assert bot.rows("SELECT * FROM notices") == []
    assert not [call for call in slack.calls if call.method == "chat.postMessage"]


async def test_a_private_channel_with_the_bot_gets_its_card(
    slack: Slack, trail: Trail, team: Workspace, maya: Person
) -> None:
    inside = team.add_channel("C03", name="inner", kind="private", members=["U01"], bot_in=True)
    answer = await maya.command("/task add Inner thing", channel=inside)
    assert "/invite" not in said(answer)
    await trail.of(answer, "#1 created")
    await slack.until(lambda: inside.messages, why="the card")


async def test_a_private_channel_without_the_bot_hears_of_invite_and_gets_its_card_after_it(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person, secret: Channel
) -> None:
    answer = await maya.command("/task add Hidden thing", channel=secret)
    assert "I am not in this channel. /invite me" in said(answer)
    await trail.of(answer, "#1 created")
    await all_told(bot)
    assert secret.messages == []

    joined = await secret.invite(team.bot_user_id, by=maya)
    assert joined
    assert joined.status == 200
    await trail.of(joined)

    started = await maya.command("/task start 1", channel=secret)
    await trail.of(started, "#1 started")
    await slack.until(lambda: secret.messages, why="the card")
    assert "In progress · For maya" in secret.messages[0].text
    second = await maya.command("/task add Another", channel=secret)
    assert "/invite" not in said(second)


# list


LISTED = {
    "": ("Open, maya", [2, 1]),
    "me": ("Open, maya", [2, 1]),
    "@me": ("Open, maya", [2, 1]),
    "@tom": ("Open, tom", [3, 5, 6]),
    "all": ("Open, everyone", [2, 3, 1, 5, 6]),
    "nobody": ("Open, assigned to nobody", [2, 5, 6]),
    "nobody me": ("Open, made by maya, assigned to nobody", [2]),
    "here": ("Open, everyone, in #ops", [5]),
    "#dev": ("Open, everyone, in #dev", [2, 3, 1, 6]),
    "#dev @tom": ("Open, tom, in #dev", [3, 6]),
    "todo": ("To do, maya", [2]),
    "doing": ("In progress, maya", [1]),
    "todo doing": ("Open, maya", [2, 1]),
    "open": ("Open, maya", [2, 1]),
    "done": ("Done, maya", [4]),
    "done all": ("Done, everyone", [7, 4]),
    "open done": ("Open and done, maya", [2, 1, 4]),
    "doing done": ("In progress or Done, maya", [1, 4]),
    "all !high": ("Open, everyone, high priority", [2, 3]),
    "!low": ("Open, maya, low priority", []),
    "all login": ("Open, everyone, “login”", [1, 3]),
    "all LOGIN page": ("Open, everyone, “login”, “page”", [3]),
    "all !high login": ("Open, everyone, high priority, “login”", [3]),
    "all deep": ("Open, everyone, “deep”", [6]),
    "“all”": ('Open, maya, “"all"”', []),
}


async def test_every_filter_lists_what_it_says_in_the_first_line(
    slack: Slack, trail: Trail, team: Workspace, maya: Person, tom: Person, dev: Channel
) -> None:
    ops = team.add_channel("C05", name="ops")
    await add(maya, dev, "Fix login @me", "Call !high", "Login page @tom !high", "Old @me")
    await add(tom, ops, "Elsewhere")
    await tom.command("/task add Quite other !quiet\ndeep down", channel=dev)
    await add(tom, dev, "Done by tom")
    await maya.command("/task start 1", channel=dev)
    await maya.command("/task done 4", channel=dev)
    await maya.command("/task done 7", channel=dev)
    await trail.skip()
    for typed, (headline, numbers) in LISTED.items():
        answer = await maya.command(f"/task list {typed}", channel=ops)
        first = said(answer).splitlines()[0]
        found = listed(answer.latest())
        assert (typed, first, sorted(found)) == (typed, headline, sorted(numbers))
        await trail.of(answer)
    assert listed((await maya.command("/task list all", channel=ops)).latest()) == [2, 3, 1, 5, 6]
    about_lists = [call for call in slack.calls if not str(call.channel).startswith(("U", "D"))]
    assert {call.method for call in about_lists} <= {
        "auth.test",
        "users.list",
        "conversations.info",
    }


async def test_a_list_shows_ten_a_page_and_turns_both_ways_in_its_place(
    slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, *(f"Thing {number}" for number in range(1, 24)))
    await trail.skip()
    answer = await maya.command("/task list", channel=dev)
    shown = answer.latest()
    assert listed(shown) == list(range(1, 11))
    assert labels(shown)[-2:] == ["more", "Post to channel"]
    assert "23" not in said(answer)
    turns = (
        ("more", range(11, 21), ["Previous", "more", "Post to channel"]),
        ("more", range(21, 24), ["Previous", "Post to channel"]),
        ("Previous", range(11, 21), ["Previous", "more", "Post to channel"]),
        ("Previous", range(1, 11), ["more", "Post to channel"]),
    )
    await trail.of(answer)
    for times, (button, numbers, below) in enumerate(turns, 1):
        click = await maya.click(text=button, on=shown)
        await slack.until(lambda times=times: shown.edits == times, why="the page")  # type: ignore[misc]
        assert listed(shown) == list(numbers)
        assert labels(shown)[len(numbers) :] == below
        await trail.of(click)


async def test_done_in_a_row_finishes_the_task_and_redraws_the_page_without_it(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing", "Two thing", "Three thing")
    await trail.skip()
    answer = await maya.command("/task list", channel=dev)
    await trail.of(answer)
    click = await maya.click("task_done", on=answer, value="2")
    await slack.until(lambda: click.shown, why="the list anew")
    assert listed(answer.latest()) == [1, 3]
    assert seen(answer.latest(), dev).startswith("#2 Two thing is done.  [Undo]\nOpen, maya\n")
    assert bot.rows(STATUS)[1] == (2, "done", None)
    await trail.of(click, "#2 completed")

    finished = await maya.command("/task list done", channel=dev)
    await trail.of(finished)
    click = await maya.click(text="Reopen", on=finished)
    await slack.until(lambda: click.shown, why="the list anew")
    assert listed(finished.latest()) == []
    await trail.of(click, "#2 reopened")


async def test_a_posted_list_shows_only_what_everybody_there_may_see_and_its_buttons_work(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    team: Workspace,
    maya: Person,
    tom: Person,
    dev: Channel,
    secret: Channel,
) -> None:
    other = team.add_channel("C05", name="ops")
    await add(maya, dev, "Here thing @me")
    await add(maya, secret, "Hidden thing @me")
    await add(maya, other, "Public thing @me")
    await add(maya, team.dm(maya), "Private thing @me")
    await trail.skip()
    private = await maya.command("/task list", channel=dev)
    assert listed(private.latest()) == [1, 2, 3, 4]
    await trail.of(private)
    click = await maya.click(text="Post to channel", on=private)
    await slack.until(lambda: dev.messages, why="the posted list")
    (posted,) = dev.messages
    assert listed(posted) == [1, 3]
    assert "Hidden" not in posted.text + seen(posted, dev)
    assert "Posted by maya. It shows what everybody in this channel may see." in seen(posted, dev)
    assert labels(posted) == ["Done", "Done"]
    await trail.of(click)

    click = await tom.click("task_done", on=posted, value="3")
    await slack.until(lambda: posted.edits, why="the posted list anew")
    assert listed(posted) == [1]
    assert "Posted by maya" in seen(posted, dev)
    assert bot.rows(STATUS)[2] == (3, "done", "U01")
    await trail.of(click, "#3 completed")


async def test_a_guest_posts_only_this_channel_s_tasks(
    slack: Slack, trail: Trail, team: Workspace, maya: Person, gus: Person, dev: Channel
) -> None:
    other = team.add_channel("C05", name="ops")
    other.join(gus)
    await add(maya, dev, "Here thing")
    await add(maya, other, "Elsewhere thing @gus", "Elsewhere too")
    await trail.skip()
    private = await gus.command("/task list all", channel=dev)
    assert listed(private.latest()) == [1, 2]
    await trail.of(private)
    click = await gus.click(text="Post to channel", on=private)
    await slack.until(lambda: dev.messages, why="the posted list")
    assert listed(dev.messages[0]) == [1]
    await trail.of(click)


# show


async def test_show_tells_everything_of_a_task_with_buttons(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login @tom !high !quiet\nsee the log", channel=dev)
    await trail.skip()
    answer = await tom.command("/task show #1", channel=dev)
    lines = said(answer).splitlines()
    assert lines[:3] == [
        "#1 Fix login",
        "To do · For tom · High priority · Added by maya",
        "see the log",
    ]
    assert lines[3].startswith("• maya added it, ")
    assert labels(answer.latest()) == ["Done", "Start", "Edit", "Post to channel"]
    await trail.of(answer)
    moves = (
        ("Start", "started", "In progress", ["Done", "Edit", "Post to channel"]),
        ("Done", "completed", "Done by tom", ["Reopen", "Edit", "Post to channel"]),
        ("Reopen", "reopened", "To do", ["Done", "Start", "Edit", "Post to channel"]),
    )
    for button, kind, state, buttons in moves:
        click = await tom.click(text=button, on=answer)
        await slack.until(lambda click=click: click.shown, why="the task anew")  # type: ignore[misc]
        assert said(answer).splitlines()[1].startswith(state)
        assert labels(answer.latest()) == buttons
        await trail.of(click, f"#1 {kind}")
    assert bot.rows(STATUS) == [(1, "todo", "U02")]

    click = await tom.click(text="Post to channel", on=answer)
    await slack.until(lambda: dev.messages, why="the task for everybody")
    assert seen(dev.messages[0], dev).splitlines() == lines[:3]
    await trail.of(click)


async def test_a_task_that_not_everybody_may_see_is_not_posted(
    slack: Slack, trail: Trail, maya: Person, dev: Channel, secret: Channel
) -> None:
    await add(maya, secret, "Hidden thing")
    await trail.skip()
    answer = await maya.command("/task show 1", channel=dev)
    assert "Hidden thing" in said(answer)
    await trail.of(answer)
    click = await maya.click(text="Post to channel", on=answer)
    await slack.until(lambda: click.shown, why="the refusal")
    await trail.of(click, outcome="rejected")
    assert "Not everybody here may see #1" in said(click)
    assert dev.messages == []


async def test_a_task_that_never_was_is_no_task_for_every_verb(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for verb in ("show", "history", "done", "start", "reopen", "delete", "restore"):
        answer = await maya.command(f"/task {verb} 12", channel=dev)
        assert answer.text == "There is no task #12. Yours: /task list"
        await trail.of(answer, outcome="rejected")
    assert bot.rows("SELECT * FROM requests") == []


# done, start, reopen


async def test_start_done_and_reopen_move_a_task_and_its_card(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    (card,) = dev.messages
    await trail.skip()
    moves = (
        ("start 1", "#1 Fix login is in progress. For tom.", "started", "In progress · For tom"),
        ("done #1", "#1 Fix login is done.", "completed", "Done by tom"),
        ("reopen 1", "#1 Fix login is open again. For tom.", "reopened", "To do · For tom"),
        ("done 1", "#1 Fix login is done.", "completed", "Done by tom"),
    )
    for typed, words, kind, state in moves:
        answer = await tom.command(f"/task {typed}", channel=dev)
        assert answer.text == words
        await trail.of(answer, f"#1 {kind}")
        await slack.until(lambda state=state: f"({state}" in card.text, why="the card")  # type: ignore[misc]
    assert "~Fix login~" in seen(card, dev)
    assert labels(card) == ["Reopen", "Edit", "Assign to me", "Delete"]
    assert bot.rows("SELECT status, completed_by FROM tasks") == [("done", "U02")]
    assert dev.messages == [card]

    again = await maya.command("/task done 1", channel=dev)
    assert again.text.startswith("#1 Fix login: tom finished it ")
    await trail.of(again)
    start = await maya.command("/task start 1", channel=dev)
    assert start.text == "#1 Fix login is done. Reopen it first: /task reopen 1"
    await trail.of(start, outcome="rejected")
    assert bot.rows("SELECT completed_by FROM tasks") == [("U02",)]


async def test_starting_somebody_s_task_leaves_it_theirs_and_twice_says_whose_it_is(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await trail.skip()
    await trail.of(await maya.command("/task start 1", channel=dev), "#1 started")
    assert bot.rows(STATUS) == [(1, "doing", "U02")]
    again = await maya.command("/task start 1", channel=dev)
    assert again.text == "#1 Fix login is in progress already, with tom."
    await trail.of(again)
    reopen = await maya.command("/task reopen 1", channel=dev)
    assert reopen.text == "#1 Fix login is open."
    await trail.of(reopen)
    assert bot.rows(STATUS) == [(1, "doing", "U02")]


async def test_twenty_numbers_at_once_each_get_their_own_answer(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, *(f"Thing {number}" for number in range(1, 20)))
    await maya.command("/task done 2", channel=dev)
    deleting = await maya.command("/task delete 3", channel=dev)
    await maya.click(text="Delete #3", on=deleting)
    await trail.skip()
    typed = " ".join([*(f"#{number}" for number in range(1, 20)), "99"])
    answer = await maya.command(f"/task done {typed}", channel=dev)
    lines = answer.text.splitlines()
    assert len(lines) == 21
    assert lines[0] == "#1 Thing 1 is done."
    assert lines[1].startswith("#2 Thing 2: maya finished it ")
    assert lines[2] == "#3 was deleted by maya. To bring it back: /task restore 3"
    assert lines[3:19] == [f"#{number} Thing {number} is done." for number in range(4, 20)]
    assert lines[19] == "There is no task #99. Yours: /task list"
    assert lines[20].startswith("Your last tasks: #19 Thing 19; #18 ")
    finished = [1, *range(4, 20)]
    await trail.of(answer, *(f"#{number} completed" for number in finished))
    done = bot.rows("SELECT count(*) FROM tasks WHERE status = 'done'")
    assert done == [(len(finished) + 1,)]


async def test_the_same_number_twice_in_one_command_is_one(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Thing")
    await trail.skip()
    answer = await maya.command("/task done 1, #1 1", channel=dev)
    assert answer.text == "#1 Thing is done."
    await trail.of(answer, "#1 completed")


# delete, restore


async def test_delete_asks_first_and_takes_the_title_off_the_card_and_restore_brings_it_back(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    (card,) = dev.messages
    await trail.skip()
    question = await maya.command("/task delete 1", channel=dev)
    assert said(question) == "Delete #1 Fix login?\n[Delete #1] [Keep]"
    await trail.of(question)
    assert bot.rows("SELECT deleted_at FROM tasks") == [(None,)]

    click = await maya.click(text="Delete #1", on=question)
    await slack.until(lambda: click.shown, why="the answer")
    assert said(question) == "#1 is deleted.\n[Undo]"
    await trail.of(click, "#1 deleted")
    await slack.until(lambda: card.text == "#1 deleted by maya", why="the card")
    assert "login" not in str(card.payload())
    assert labels(card) == ["Restore"]
    assert bot.rows("SELECT deleted_by FROM tasks") == [("U01",)]
    again = await maya.command("/task delete 1", channel=dev)
    assert again.text.startswith("#1: maya deleted it ")
    assert labels(again.latest()) == []
    await trail.of(again)

    answer = await maya.command("/task restore 1", channel=dev)
    assert answer.text == "#1 Fix login is back. For nobody."
    await trail.of(answer, "#1 restored")
    await slack.until(lambda: "#1 Fix login" in card.text, why="the card")
    assert bot.rows("SELECT deleted_at, deleted_by FROM tasks") == [(None, None)]
    twice = await maya.command("/task restore 1", channel=dev)
    assert twice.text == "#1 Fix login is not deleted."
    await trail.of(twice)


async def test_keep_leaves_the_task_as_it_is(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login", "Fix logout")
    await trail.skip()
    question = await maya.command("/task delete 1 2 9", channel=dev)
    assert labels(question.latest()) == ["Delete #1", "Keep", "Delete #2", "Keep"]
    assert "There is no task #9." in said(question)
    await trail.of(question)
    click = await maya.click(text="Keep", value="1", on=question)
    await slack.until(lambda: click.shown, why="the answer")
    assert said(click) == "#1 stays."
    await trail.of(click)
    assert bot.rows("SELECT deleted_at FROM tasks") == [(None,), (None,)]


async def test_only_the_creator_the_assignee_and_admins_may_delete_and_restore(
    bot: RunningBot,
    trail: Trail,
    team: Workspace,
    maya: Person,
    tom: Person,
    ada: Person,
    dev: Channel,
) -> None:
    zoe = team.add_person("U09", name="zoe")
    await team.user_change(zoe)
    await add(maya, dev, "Fix login @tom")
    await trail.skip()
    refusal = "#1 Fix login: only maya, who added it, the one who has it, and admins may do that."
    for who in (maya, tom, ada):
        refused = await zoe.command("/task delete 1", channel=dev)
        assert said(refused) == f"{refusal}\n/task delete 1"
        await trail.of(refused, outcome="rejected")

        question = await who.command("/task delete 1", channel=dev)
        await trail.of(question)
        click = await who.click(text="Delete #1", on=question)
        await trail.of(click, "#1 deleted")
        assert bot.rows("SELECT deleted_by FROM tasks") == [(who.id,)]
        restore = await zoe.command("/task restore 1", channel=dev)
        assert restore.text == refusal.replace("#1 Fix login", "#1")
        await trail.of(restore, outcome="rejected")
        await trail.of(await who.command("/task restore 1", channel=dev), "#1 restored")


# history, help


async def test_history_tells_who_did_what_in_order(
    slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    for typed in ("start 1", "done 1", "reopen 1"):
        await tom.command(f"/task {typed}", channel=dev)
    question = await maya.command("/task delete 1", channel=dev)
    click = await maya.click(text="Delete #1", on=question)
    await slack.until(lambda: click.shown, why="the answer")
    await maya.command("/task restore 1", channel=dev)
    await trail.skip()
    answer = await tom.command("/task history 1", channel=dev)
    lines = said(answer).splitlines()
    assert lines[0] == "History of #1 Fix login"
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "• maya brought it back",
        "• maya deleted it",
        "• tom reopened it",
        "• tom finished it",
        "• tom started it and took it",
        "• maya added it",
    ]
    assert all(line.endswith("UTC") for line in lines[1:])
    await trail.of(answer)


async def test_a_long_history_shows_the_latest_and_says_that_there_is_more(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    for _ in range(11):
        await maya.command("/task done 1", channel=dev)
        await maya.command("/task reopen 1", channel=dev)
    await trail.skip()
    answer = await maya.command("/task history 1", channel=dev)
    assert said(answer).count("•") == 20
    assert said(answer).endswith("Earlier changes are not shown.")
    await trail.of(answer)


async def test_help_shows_examples_of_all_verbs_or_of_one(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task help", channel=dev)
    lines = said(answer).splitlines()
    assert [line.split()[2] for line in lines] == list(COMMANDS)[1:]
    assert all(line.startswith("• /task ") for line in lines)
    await trail.of(answer)
    one = await maya.command("/task help close", channel=dev)
    assert said(one).splitlines()[:2] == ["• /task done 12", "• /task done 12 13"]
    assert "Also: close, complete, finish." in said(one)
    await trail.of(one)
    unknown = await maya.command("/task help dnoe", channel=dev)
    assert "I do not know “dnoe”. Did you mean /task done?" in unknown.text
    await trail.of(unknown, outcome="rejected")


# Other names


async def test_every_alias_does_what_its_verb_does(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    for number, alias in enumerate(("new", "create", "NEW"), 1):
        answer = await maya.command(f"/task {alias} Thing {number} @me !quiet", channel=dev)
        await trail.of(answer, f"#{number} created")
    for alias in ("ls", "find", "search"):
        answer = await maya.command(f"/task {alias} thing", channel=dev)
        assert listed(answer.latest()) == [1, 2, 3]
        await trail.of(answer)
    await trail.of(await maya.command("/task doing 1", channel=dev), "#1 started")
    for number, alias in enumerate(("close", "complete", "finish"), 1):
        answer = await maya.command(f"/task {alias} {number}", channel=dev)
        await trail.of(answer, f"#{number} completed")
    for alias in ("rm", "remove"):
        answer = await maya.command(f"/task {alias} 1", channel=dev)
        assert labels(answer.latest()) == ["Delete #1", "Keep"]
        await trail.of(answer)
    assert bot.rows("SELECT DISTINCT status FROM tasks") == [("done",)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lsit the tasks", "list the tasks"),
        ("dnoe 12", "done 12"),
        ("12", "show 12"),
        ("#12", "show 12"),
    ],
)
async def test_an_unknown_first_word_asks_what_was_meant_and_can_add_the_whole_text(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    maya: Person,
    dev: Channel,
    typed: str,
    meant: str,
) -> None:
    answer = await maya.command(f"/task {typed}", channel=dev)
    assert f"Did you mean /task {meant}?" in answer.text
    assert f"/task {typed}" in said(answer)
    assert bot.rows("SELECT * FROM tasks") == []
    await trail.of(answer, outcome="rejected")

    click = await maya.click(text="Add as a task", on=answer)
    await slack.until(lambda: click.shown, why="the answer")
    assert said(click).startswith(f"Added #1 {typed}\n")
    assert bot.rows(TASK, 1) == [(typed, "", None, "normal")]
    await trail.of(click, "#1 created")
    await slack.until(lambda: dev.messages, why="the card")


async def test_a_word_near_nothing_is_still_offered_as_a_task_with_person_and_notes(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task Water <plants> @tom !low\nthe green ones", channel=dev)
    assert "I do not know “Water”. All that I know: /task help" in answer.text
    await trail.of(answer, outcome="rejected")
    click = await maya.click(text="Add as a task", on=answer)
    await slack.until(lambda: click.shown, why="the answer")
    assert bot.rows(TASK, 1) == [("Water <plants>", "the green ones", "U02", "low")]
    await trail.of(click, "#1 created")


async def test_every_text_uses_the_name_that_the_manifest_gave_the_command(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    typed = ("", "help", "help add", "add", "dnoe 1", "done 9", "list all", "done x")
    for text in typed:
        answer = await maya.command(f"/todo {text}", channel=dev)
        assert "/todo" in said(answer)
        assert "/task" not in said(answer) + answer.text
    await trail.skip()
    answer = await maya.command("/todo add Fix login", channel=dev)
    await trail.of(answer, "#1 created")
    await slack.until(lambda: dev.messages, why="the card")
    stale = Message(**vars(dev.messages[0]))
    await maya.command("/todo done 1", channel=dev)
    await all_told(bot)
    await trail.skip()
    click = await tom.click(text="Start", on=stale)
    await slack.until(lambda: click.shown, why="the answer to the click")
    assert said(click) == "#1 Fix login is done. Reopen it first: /todo reopen 1"
    await trail.of(click, outcome="rejected")
    assert bot.rows("SELECT command FROM installations") == [("/todo",)]
