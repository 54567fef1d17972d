"""What each verb of the command does."""

from bot.drawing import cards, texts
from bot.drawing import lists as drawn_lists
from bot.drawing import stats as drawn_stats
from bot.drawing.examples import help_on
from bot.listeners.views import open_edit, open_feedback, open_settings
from bot.reading.changes import (
    read_assignment,
    read_due_change,
    read_note,
    read_nothing,
    read_priority,
    read_title,
)
from bot.reading.grammar import read_new_task
from bot.reading.numbers import read_number, read_numbers
from bot.reading.query import read_list
from bot.reading.verbs import Typed, read_verb
from bot.talk import Talk
from store import EventKind, ListQuery, Lists, Origin, People, Stats, TaskStore


async def mine(origin: Origin, lists: Lists, talk: Talk) -> None:
    """My open tasks; a welcome for someone who never had one."""
    page = await lists.page(origin, ListQuery(owner_id=origin.actor.user_id), talk.now)
    if not page.tasks and not await lists.ever_had(origin):
        return talk.say(texts.welcome(talk.command))
    return talk.say(drawn_lists.page(page, await talk.reader(page)))


async def add(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """A new task."""
    read = read_new_task(typed.rest, origin.actor.user_id, talk.now)
    (outcome,) = await tasks.add(origin, read.new)
    talk.say(texts.added(outcome, read, await talk.reader(outcome), origin.channel))


async def list_(typed: Typed, origin: Origin, lists: Lists, talk: Talk) -> None:
    """Tasks by filters."""
    here = origin.channel.channel_id if origin.channel else None
    query = read_list(typed.rest, origin.actor.user_id, here)
    page = await lists.page(origin, query, talk.now)
    talk.say(drawn_lists.page(page, await talk.reader(page)))


async def show(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """One whole task."""
    number = read_number(typed.rest, typed.verb)
    history = await tasks.history(origin, number, cards.LAST_CHANGES)
    talk.say(cards.whole(history, await talk.reader(history)))


async def done(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Finished."""
    outcomes = await tasks.complete(origin, read_numbers(typed.rest, typed.verb))
    talk.say(texts.moved(outcomes, EventKind.COMPLETED, await talk.reader(*outcomes)))


async def start(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Taken in hand."""
    outcomes = await tasks.start(origin, read_numbers(typed.rest, typed.verb))
    talk.say(texts.moved(outcomes, EventKind.STARTED, await talk.reader(*outcomes)))


async def reopen(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Back to the beginning."""
    outcomes = await tasks.reopen(origin, read_numbers(typed.rest, typed.verb))
    talk.say(texts.moved(outcomes, EventKind.REOPENED, await talk.reader(*outcomes)))


async def assign(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Given to somebody, or to nobody."""
    read = read_assignment(typed.rest, typed.verb, origin.actor.user_id)
    outcomes = await tasks.assign(origin, read.number, read.assignee_id, read.names)
    talk.say(texts.moved(outcomes, EventKind.ASSIGNED, await talk.reader(*outcomes)))


async def due(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Due at another time, or never."""
    number, when = read_due_change(typed.rest, typed.verb, talk.now)
    outcomes = await tasks.reschedule(origin, number, when)
    talk.say(texts.moved(outcomes, EventKind.RESCHEDULED, await talk.reader(*outcomes)))


async def priority(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Of another priority."""
    number, soon = read_priority(typed.rest, typed.verb)
    outcomes = await tasks.prioritise(origin, number, soon)
    talk.say(texts.moved(outcomes, EventKind.PRIORITISED, await talk.reader(*outcomes)))


async def edit(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Another title; without one, the form."""
    number, title = read_title(typed.rest, typed.verb)
    if title is None:
        return await open_edit(number, origin, tasks, talk)
    outcomes = await tasks.rename(origin, number, title)
    return talk.say(texts.moved(outcomes, EventKind.RENAMED, await talk.reader(*outcomes)))


async def note(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """More in the notes, with who says it and when."""
    number, text = read_note(typed.rest, typed.verb)
    entry = texts.note_entry(text, await talk.reader(also=origin.actor.user_id))
    outcomes = await tasks.note(origin, number, entry)
    talk.say(texts.moved(outcomes, EventKind.NOTED, await talk.reader(*outcomes)))


async def delete(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """The question before a deletion."""
    numbers = read_numbers(typed.rest, typed.verb)
    outcomes = await tasks.may_delete(origin, numbers)
    talk.say(texts.ask_delete(outcomes, await talk.reader(*outcomes)))


async def restore(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Brought back."""
    outcomes = await tasks.restore(origin, read_numbers(typed.rest, typed.verb))
    talk.say(texts.moved(outcomes, EventKind.RESTORED, await talk.reader(*outcomes)))


async def history(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Who did what when."""
    past = await tasks.history(origin, read_number(typed.rest, typed.verb))
    talk.say(cards.past(past, await talk.reader(past)))


async def undo(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """My last change, taken back."""
    read_nothing(typed.rest, typed.verb)
    outcomes = await tasks.undo(origin)
    talk.say(texts.undone(outcomes, await talk.reader(*outcomes)))


async def settings(typed: Typed, origin: Origin, people: People, talk: Talk) -> None:
    """The form of what I am told, and when."""
    read_nothing(typed.rest, typed.verb)
    await open_settings(origin, people, talk)


async def stats(typed: Typed, origin: Origin, stats: Stats, talk: Talk) -> None:
    """The team in numbers."""
    read_nothing(typed.rest, typed.verb)
    found = await stats.of_team(origin, talk.now)
    talk.say(drawn_stats.team(found, await talk.reader()))


async def feedback(typed: Typed, talk: Talk) -> None:
    """The form with the three questions of the survey."""
    read_nothing(typed.rest, typed.verb)
    await open_feedback(talk)


async def help_(typed: Typed, talk: Talk) -> None:
    """Examples."""
    talk.say(help_on(read_verb(typed.rest).verb, talk.command))
