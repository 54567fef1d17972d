"""What people answer to the three questions, kept word for word."""

from bot.drawing.feedback import ANSWER_MAX, FEELINGS
from bot.drawing.ids import Question, UnknownForm
from bot.reading.errors import FieldsRefused, NoAnswer, ReadingError, TooLong
from bot.reading.form import View, state_in, value_of
from bot.reading.normal import is_blank, without_controls
from store import Feeling, NewAnswer


def read_feedback(view: View) -> NewAnswer:
    """Read the form.

    Raises:
        FieldsRefused: nothing is answered, or an answer is too long.
        UnknownForm: values that our form does not have.
    """
    texts = {question: _text(view, question) for question in ANSWER_MAX}
    feeling = _feeling(view)
    refused: dict[str, ReadingError] = {
        question: TooLong("answer", len(text), ANSWER_MAX[question])
        for question, text in texts.items()
        if len(text) > ANSWER_MAX[question]
    }
    if not (any(texts.values()) or feeling):
        refused = {Question.USED_FOR: NoAnswer()}
    if refused:
        raise FieldsRefused(refused)
    return NewAnswer(
        used_for=texts[Question.USED_FOR], missing=texts[Question.MISSING], feeling=feeling
    )


def _text(view: View, question: Question) -> str:
    match state_in(view, question):
        case {"value": None}:
            return ""
        case {"value": str(sent)}:
            text = without_controls(sent)
            return "" if is_blank(text) else text
        case _:
            raise UnknownForm


def _feeling(view: View) -> Feeling | None:
    match state_in(view, Question.FEELING):
        case {"selected_option": None}:
            return None
        case {"selected_option": option} if (value := value_of(option)) in FEELINGS:
            return Feeling(value)
        case _:
            raise UnknownForm
