"""What one may type, by verb: the examples that help and errors show."""

from datetime import timedelta

from bot.drawing.blocks import Message, bullets, message, rich, words
from bot.reading.verbs import ALIASES
from store import UNDO_FOR

UNDO_MINUTES = UNDO_FOR // timedelta(minutes=1)

EXAMPLE_TITLE = "Fix the login page"

EXAMPLES: dict[str, tuple[str, ...]] = {
    "add": (
        "add Fix the login page @maya friday !high",
        "add Order cake due dec 3 5pm !quiet",
        'add "Plan for friday" by tomorrow',
    ),
    "list": (
        "list",
        "list all here",
        "list @maya done",
        "list overdue",
        "list nobody !high login",
        "list all week",
    ),
    "show": ("show 12",),
    "done": ("done 12", "done 12 13"),
    "start": ("start 12",),
    "reopen": ("reopen 12",),
    "assign": ("assign 12 @maya", "assign 12 me", "assign 12 nobody"),
    "due": ("due 12 tomorrow", "due 12 friday 5pm", "due 12 in 3 days", "due 12 none"),
    "priority": ("priority 12 high", "priority 12 normal"),
    "edit": ("edit 12", "edit 12 Fix the login page"),
    "note": ("note 12 The logs are in the channel",),
    "delete": ("delete 12",),
    "restore": ("restore 12",),
    "history": ("history 12",),
    "undo": ("undo",),
    "settings": ("settings",),
    "stats": ("stats",),
    "feedback": ("feedback",),
    "help": ("help add",),
}
"""Every verb with what one may type, the shortest first."""

_MEANINGS = {
    "add": "adds a task. More lines become its notes; !quiet leaves the card out.",
    "list": "lists tasks, mine and open ones unless you say: me @person nobody here all · "
    "todo doing open done · overdue today week · !high · words.",
    "show": "shows the whole task, with its notes and last changes.",
    "done": "finishes tasks, up to 20 at once.",
    "start": "takes tasks in hand; nobody's task becomes yours.",
    "reopen": "sets finished tasks back to the beginning.",
    "assign": "gives a task to somebody, to me or to nobody.",
    "due": "sets when a task is due: today tonight tomorrow · friday, next friday · eod eow · "
    "in 3 days · dec 3 · 2026-12-03 · each with a time, as in friday 5pm.",
    "priority": "sets how soon: high, normal or low.",
    "edit": "opens a task as a form; with a title behind the number it renames it.",
    "note": "adds to a task's notes, with your name and the time.",
    "delete": "asks, then deletes; its creator, its assignee and admins may.",
    "restore": "brings deleted tasks back.",
    "history": "tells who did what when.",
    "undo": f"takes back your last change, all its tasks, for {UNDO_MINUTES} minutes.",
    "settings": "opens a form: what I write to you directly, when, and whether you get a digest.",
    "stats": "tells the team in numbers: what is open, overdue, and done this week and last.",
    "feedback": "opens three questions, answered to those who run Taskbot.",
    "help": "shows this.",
}


INSTEAD_OF_NEW = (EXAMPLES["add"][0],)
"""What says the same as a form for a new task."""
INSTEAD_OF_SETTINGS = EXAMPLES["settings"][0]
"""There are no words for settings, but for those that open the form."""
INSTEAD_OF_FEEDBACK = EXAMPLES["feedback"][0]
"""Nor for answers to the survey."""


def instead_of_edit(number: int) -> tuple[str, ...]:
    """What says the same as a form about a task."""
    return (f"edit {number} New title", f"due {number} friday", f"assign {number} @maya")


def help_on(verb: str | None, command: str) -> Message:
    """Examples first; all verbs, or one with its other names."""
    if verb:
        others = ALIASES[verb]
        also = f" Also: {', '.join(others)}." if others else ""
        lines = [[words(f"{command} {example}", code=True)] for example in EXAMPLES[verb]]
        said = f"{command} {verb} {_MEANINGS[verb]}{also}"
        return message(said, bullets(lines), rich([words(said)]))
    lines = [
        [words(f"{command} {EXAMPLES[each][0]}", code=True), words(f" {_MEANINGS[each]}")]
        for each in ALIASES
    ]
    said = "; ".join(f"{command} {EXAMPLES[each][0]} {_MEANINGS[each]}" for each in ALIASES)
    return message(said, bullets(lines))
