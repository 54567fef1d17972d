"""Forms as people see them (modals), and answers where the person is looking at a form."""

from typing import Any

from bot.drawing.blocks import Message, answer, plain, words

View = dict[str, Any]

TITLE = "Taskbot"


def said(message: Message) -> View:
    """An answer in words, in the place of a form."""
    return {
        "type": "modal",
        "title": plain(TITLE),
        "close": plain("Close"),
        "blocks": list(message.blocks),
    }


def outcome(body: dict[str, Any]) -> View:
    """What came of a form whose sender had to be told meanwhile that it is still being saved."""
    match body:
        case {"view": view}:
            return dict(view)
        case {"errors": errors}:
            return said(answer([words("Not saved: " + " ".join(errors.values()))]))
        case _:
            return said(answer([words("Saved.")]))
