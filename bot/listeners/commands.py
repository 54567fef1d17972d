"""What each verb of the command does."""

from bot.drawing import cards, texts
from bot.drawing import lists as drawn_lists
from bot.reading.grammar import read_list, read_new_task, read_number, read_numbers
from bot.reading.verbs import Typed, read_verb
from bot.talk import Talk
from store import EventKind, ListQuery, Lists, Origin, TaskStore


async def mine(origin: Origin, lists: Lists, talk: Talk) -> None:
    """My open tasks; a welcome for someone who never had one."""
    page = await lists.page(origin, ListQuery(owner_id=origin.actor.user_id))
    if not page.tasks and not await lists.ever_had(origin):
        return talk.say(texts.welcome(talk.command))
    return talk.say(drawn_lists.page(page, await talk.names([page]), talk.command))


async def add(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """A new task."""
    read = read_new_task(typed.rest, origin.actor.user_id)
    (outcome,) = await tasks.add(origin, read.new)
    talk.say(texts.added(outcome, read, await talk.names([outcome]), origin.channel))


async def list_(typed: Typed, origin: Origin, lists: Lists, talk: Talk) -> None:
    """Tasks by filters."""
    here = origin.channel.channel_id if origin.channel else None
    page = await lists.page(origin, read_list(typed.rest, origin.actor.user_id, here))
    talk.say(drawn_lists.page(page, await talk.names([page]), talk.command))


async def show(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """One whole task."""
    number = read_number(typed.rest, typed.verb)
    history = await tasks.history(origin, number, cards.LAST_CHANGES)
    talk.say(cards.whole(history, await talk.names([history])))


async def done(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Finished."""
    outcomes = await tasks.complete(origin, read_numbers(typed.rest, typed.verb))
    names = await talk.names(outcomes)
    talk.say(texts.moved(outcomes, EventKind.COMPLETED, names, talk.command))


async def start(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Taken in hand."""
    outcomes = await tasks.start(origin, read_numbers(typed.rest, typed.verb))
    names = await talk.names(outcomes)
    talk.say(texts.moved(outcomes, EventKind.STARTED, names, talk.command))


async def reopen(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Back to the beginning."""
    outcomes = await tasks.reopen(origin, read_numbers(typed.rest, typed.verb))
    names = await talk.names(outcomes)
    talk.say(texts.moved(outcomes, EventKind.REOPENED, names, talk.command))


async def delete(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """The question before a deletion."""
    numbers = read_numbers(typed.rest, typed.verb)
    outcomes = await tasks.may_delete(origin, numbers)
    talk.say(texts.ask_delete(outcomes, await talk.names(outcomes), talk.command))


async def restore(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Brought back."""
    outcomes = await tasks.restore(origin, read_numbers(typed.rest, typed.verb))
    names = await talk.names(outcomes)
    talk.say(texts.moved(outcomes, EventKind.RESTORED, names, talk.command))


async def history(typed: Typed, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """Who did what when."""
    past = await tasks.history(origin, read_number(typed.rest, typed.verb))
    talk.say(cards.past(past, await talk.names([past])))


async def help_(typed: Typed, talk: Talk) -> None:
    """Examples."""
    talk.say(texts.help_on(read_verb(typed.rest).verb, talk.command))
