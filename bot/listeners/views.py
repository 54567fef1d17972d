"""What is done about each form that is sent off, and how forms about tasks are opened."""

from bot.drawing import cards, forms, texts
from bot.drawing import feedback as drawn_feedback
from bot.drawing import settings as drawn_settings
from bot.drawing.examples import (
    INSTEAD_OF_FEEDBACK,
    INSTEAD_OF_NEW,
    INSTEAD_OF_SETTINGS,
    instead_of_edit,
)
from bot.reading.feedback import read_feedback
from bot.reading.form import View, read_edit_form, read_new_form
from bot.reading.grammar import ReadTask
from bot.reading.settings import read_settings
from bot.talk import Talk
from store import Origin, Outcome, People, Source, Surveys, TaskStore, Verdict


async def add(view: View, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """A new task; where nothing else will show it, the form turns into what was understood."""
    new = read_new_form(view, talk.now)
    (outcome,) = await tasks.add(origin, new)
    if not _is_shown(outcome, origin):
        read = ReadTask(new)
        talk.say(texts.added(outcome, read, await talk.reader(outcome), origin.channel))


async def edit(view: View, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """What was changed in the form; where nothing else will show it, the task as it is now."""
    read = read_edit_form(view, talk.now)
    (outcome,) = await tasks.edit(origin, read.number, read.version, read.wanted)
    if outcome.verdict is Verdict.CHANGED and not _is_shown(outcome, origin):
        talk.say(texts.edited(outcome, await talk.reader(outcome)))


def _is_shown(outcome: Outcome, origin: Origin) -> bool:
    """Whether a card shows what came of a form, or the Home where that was opened."""
    return cards.will_show(outcome, origin.channel) or origin.source is Source.HOME


async def settings(view: View, origin: Origin, people: People) -> None:
    """What somebody wants to be told; the empty answer closes the form."""
    await people.save_settings(origin, read_settings(view))


async def feedback(view: View, origin: Origin, surveys: Surveys, talk: Talk) -> None:
    """Answers to the three questions; the form turns into thanks."""
    await surveys.answer(origin, read_feedback(view))
    talk.say(drawn_feedback.thanks())


async def open_feedback(talk: Talk) -> None:
    """The form with the three questions."""
    await talk.open(drawn_feedback.feedback(), INSTEAD_OF_FEEDBACK)


async def open_settings(origin: Origin, people: People, talk: Talk) -> None:
    """The form of what somebody is told, and when."""
    kept = await people.settings(origin.actor)
    view = drawn_settings.settings(kept, await talk.reader())
    await talk.open(view, INSTEAD_OF_SETTINGS)


async def open_new(origin: Origin, talk: Talk) -> None:
    """The form for a task that belongs to no channel yet."""
    form = forms.from_nowhere(talk.opened(), origin.role)
    await talk.open(forms.new_task(form, await talk.reader()), *INSTEAD_OF_NEW)


async def open_edit(number: int, origin: Origin, tasks: TaskStore, talk: Talk) -> None:
    """The form that shows a task as it is."""
    task = await tasks.may_edit(origin, number)
    view = forms.edit_task(task, await talk.reader(), talk.opened())
    await talk.open(view, *instead_of_edit(number))
