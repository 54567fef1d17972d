"""What each button does."""

from typing import Any

from bot.clicked import Clicked
from bot.drawing import ids, texts
from bot.drawing import stats as drawn_stats
from bot.home import HomeTab
from bot.listeners.views import open_edit, open_feedback, open_new, open_settings
from bot.reading.grammar import read_new_task
from bot.talk import Talk
from store import EventKind, Origin, People, Stats, TaskStore

Action = dict[str, Any]


async def complete(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """Finished."""
    outcomes = await tasks.complete(origin, [clicked.read_number(action)])
    await clicked.show(outcomes, EventKind.COMPLETED)


async def start(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """Taken in hand."""
    outcomes = await tasks.start(origin, [clicked.read_number(action)])
    await clicked.show(outcomes, EventKind.STARTED)


async def reopen(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """Back to the beginning."""
    outcomes = await tasks.reopen(origin, [clicked.read_number(action)])
    await clicked.show(outcomes, EventKind.REOPENED)


async def delete(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """Deleted, after the question."""
    outcomes = await tasks.delete(origin, [clicked.read_number(action)])
    await clicked.show(outcomes, EventKind.DELETED)


async def restore(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """Brought back."""
    outcomes = await tasks.restore(origin, [clicked.read_number(action)])
    await clicked.show(outcomes, EventKind.RESTORED)


async def undo(action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked) -> None:
    """What one request changed, taken back."""
    await clicked.show_undone(await tasks.undo(origin, clicked.read_event(action)))


async def keep(action: Action, clicked: Clicked, talk: Talk) -> None:
    """Not deleted after all."""
    talk.replace(texts.kept(clicked.read_number(action)))


async def menu(
    action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked, talk: Talk
) -> None:
    """What was chosen from a card's menu: edit it, take it, or be asked whether to delete it."""
    word, number = clicked.read_option(action)
    if word == ids.TAKE_OPTION:
        taken = await tasks.assign(origin, number, origin.actor.user_id, {})
        return await clicked.show(taken, EventKind.ASSIGNED)
    if word == ids.EDIT_OPTION:
        return await open_edit(number, origin, tasks, talk)
    outcomes = await tasks.may_delete(origin, [number])
    return talk.say(texts.ask_delete(outcomes, await talk.reader(*outcomes)))


async def new_task(origin: Origin, talk: Talk) -> None:
    """A form for a new task."""
    await open_new(origin, talk)


async def edit(
    action: Action, origin: Origin, tasks: TaskStore, clicked: Clicked, talk: Talk
) -> None:
    """A task as a form."""
    await open_edit(clicked.read_number(action), origin, tasks, talk)


async def add_text(action: Action, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """The text that was no command, added as a task."""
    read = read_new_task(ids.read_text(action), origin.actor.user_id, talk.now)
    (outcome,) = await tasks.add(origin, read.new)
    talk.replace(texts.added(outcome, read, await talk.reader(outcome), origin.channel))


async def turn_page(action: Action, clicked: Clicked) -> None:
    """Another page of a list."""
    await clicked.turn_to(clicked.read_cursor(action))


async def turn_home(action: Action, origin: Origin, home: HomeTab) -> None:
    """Another page of somebody's Home."""
    await home.turn_to(origin.actor, ids.read_number(action))


async def post_list(action: Action, clicked: Clicked, talk: Talk) -> None:
    """A list shown to the others."""
    clicked.place = ids.read_place(action)
    talk.post(await clicked.posted_list())


async def post_task(action: Action, clicked: Clicked, talk: Talk) -> None:
    """A task shown to the others."""
    talk.post(await clicked.posted_task(clicked.read_number(action)))


async def post_stats(origin: Origin, stats: Stats, clicked: Clicked, talk: Talk) -> None:
    """The team in numbers, shown to the others."""
    found = await stats.of_team(clicked.audience, talk.now)
    by = origin.actor.user_id
    talk.post(drawn_stats.posted(found, await talk.reader(also=by), by))


async def settings(origin: Origin, people: People, talk: Talk) -> None:
    """The form of what I am told, and when."""
    await open_settings(origin, people, talk)


async def feedback(talk: Talk) -> None:
    """The form with the three questions of the survey."""
    await open_feedback(talk)
