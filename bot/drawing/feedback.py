"""The survey: the line that offers it, the form with its three questions, and thanks."""

from bot.drawing import ids
from bot.drawing.blocks import (
    Block,
    Element,
    Message,
    answer,
    button,
    message,
    plain,
    rich,
    section,
    words,
)
from bot.drawing.forms import View
from bot.drawing.ids import Place, Question, Surface
from store import Feeling

ANSWER_MAX = {Question.USED_FOR: 300, Question.MISSING: 3_000}
FEELINGS = {
    Feeling.VERY: "Very disappointed",
    Feeling.SOMEWHAT: "Somewhat disappointed",
    Feeling.NOT: "Not disappointed",
}


def offered() -> Message:
    """The line that offers it, below an answer."""
    said = (
        "If you like, take a minute to tell those who run Taskbot, and only them, how it works "
        "for you."
    )
    ask = feedback_button("Answer three questions", "Answer three questions about Taskbot")
    return message(said, section(said, ask, ids.place_id(Place(Surface.WORDS, query="survey"))))


def feedback_button(text: str, label: str) -> Element:
    """The way to the three questions."""
    return button(text, ids.FEEDBACK, "feedback", label)


def feedback() -> View:
    """The three questions."""
    before = (
        "Three questions, about a minute; leave out what you like. Your answers are read by those "
        "who run Taskbot, and shown to nobody in Slack."
    )
    asked = [
        (Question.USED_FOR, "What do you use Taskbot for?", _text(Question.USED_FOR)),
        (
            Question.MISSING,
            "What frustrates you, or is missing?",
            _text(Question.MISSING) | {"multiline": True},
        ),
        (
            Question.FEELING,
            "How would you feel if you could no longer use it?",
            {"type": "radio_buttons", "options": [_option(*one) for one in FEELINGS.items()]},
        ),
    ]
    return {
        "type": "modal",
        "callback_id": ids.FEEDBACK_FORM,
        "title": plain("Feedback"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "blocks": [rich([words(before)]), *(_input(*one) for one in asked)],
    }


def thanks() -> Message:
    """The answer to answers."""
    return answer([words("Thank you! Those who run Taskbot will read it word for word.")])


def _input(question: Question, label: str, element: Element) -> Block:
    return {
        "type": "input",
        "block_id": question,
        "label": plain(label),
        "element": element | {"action_id": question},
        "optional": True,
    }


def _text(question: Question) -> Element:
    return {"type": "plain_text_input", "max_length": ANSWER_MAX[question]}


def _option(feeling: Feeling, text: str) -> Element:
    return {"text": plain(text), "value": feeling}
