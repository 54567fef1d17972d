"""Block Kit's limits: each is met at the limit and complained about one above."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import check_message, check_view
from tests.playground.drawn import (
    actions,
    button,
    entry,
    home,
    modal,
    option,
    overflow,
    plain,
    section,
)

JSON = dict[str, Any]


def message(*blocks: JSON, text: str = "words") -> JSON:
    return {"text": text, "blocks": list(blocks)}


def x(count: int) -> str:
    return "x" * count


def options(count: int) -> list[JSON]:
    return [option(f"option {number}") for number in range(count)]


def select(count: int) -> JSON:
    return {"type": "static_select", "action_id": "s", "options": options(count)}


def confirm(**parts: int) -> JSON:
    lengths = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | parts
    return button(confirm={name: plain(x(length)) for name, length in lengths.items()})


IN_MESSAGES: list[tuple[str, int, Callable[[int], JSON]]] = [
    ("blocks", 50, lambda n: message(*[section() for _ in range(n)])),
    ("fallback text", 4000, lambda n: message(section(), text=x(n))),
    ("section text", 3000, lambda n: message(section(x(n)))),
    ("section fields", 10, lambda n: message(section(fields=[plain("x")] * n))),
    ("a field's text", 2000, lambda n: message(section(fields=[plain(x(n))]))),
    ("header", 150, lambda n: message({"type": "header", "text": plain(x(n))})),
    ("block_id", 255, lambda n: message(section(block_id=x(n)))),
    ("buttons", 25, lambda n: message(actions(*[button() for _ in range(n)]))),
    ("button text", 75, lambda n: message(actions(button(x(n))))),
    ("button value", 2000, lambda n: message(actions(button(value=x(n))))),
    ("button url", 3000, lambda n: message(actions(button(url=x(n))))),
    ("action_id", 255, lambda n: message(actions(button(action_id=x(n))))),
    ("label for screen readers", 75, lambda n: message(actions(button(accessibility_label=x(n))))),
    ("confirm title", 100, lambda n: message(actions(confirm(title=n)))),
    ("confirm text", 300, lambda n: message(actions(confirm(text=n)))),
    ("confirm yes", 30, lambda n: message(actions(confirm(confirm=n)))),
    ("confirm no", 30, lambda n: message(actions(confirm(deny=n)))),
    ("context", 10, lambda n: message({"type": "context", "elements": [plain("x")] * n})),
    ("overflow", 5, lambda n: message(actions(overflow(*map(str, range(n)))))),
    ("select", 100, lambda n: message(actions(select(n)))),
    ("option text", 75, lambda n: message(actions(overflow(x(n))))),
]

IN_VIEWS: list[tuple[str, int, Callable[[int], JSON]]] = [
    ("modal blocks", 100, lambda n: modal(*[section() for _ in range(n)])),
    ("home blocks", 100, lambda n: home(*[section() for _ in range(n)])),
    ("title", 24, lambda n: modal(title=plain(x(n)))),
    ("submit", 24, lambda n: modal(submit=plain(x(n)))),
    ("close", 24, lambda n: modal(close=plain(x(n)))),
    ("private_metadata", 3000, lambda n: modal(private_metadata=x(n))),
    ("callback_id", 255, lambda n: modal(callback_id=x(n))),
    ("external_id", 255, lambda n: modal(external_id=x(n))),
    ("label", 2000, lambda n: modal(entry(label=plain(x(n))))),
    ("hint", 2000, lambda n: modal(entry(hint=plain(x(n))))),
]


@pytest.mark.parametrize(
    ("most", "build"), [pytest.param(most, build, id=name) for name, most, build in IN_MESSAGES]
)
def test_a_limit_of_messages(most: int, build: Callable[[int], JSON]) -> None:
    assert check_message(build(most)) == []
    assert len(check_message(build(most + 1))) == 1


@pytest.mark.parametrize(
    ("most", "build"), [pytest.param(most, build, id=name) for name, most, build in IN_VIEWS]
)
def test_a_limit_of_views(most: int, build: Callable[[int], JSON]) -> None:
    assert check_view(build(most)) == []
    assert len(check_view(build(most + 1))) == 1


def test_an_option_value_has_150_characters_at_most() -> None:
    def menu(length: int) -> JSON:
        return message(
            actions({"type": "overflow", "options": [{"text": plain("x"), "value": x(length)}]})
        )

    assert check_message(menu(150)) == []
    assert len(check_message(menu(151))) == 1


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (message(actions()), "no fewer than 1 items"),
        (message(actions(overflow())), "no fewer than 1 items"),
        (message({"type": "context", "elements": []}), "no fewer than 1 items"),
        (message(section("")), "must be more than 0 characters"),
        (message(actions(button(""))), "must be more than 0 characters"),
        (message({"type": "header", "text": section()["text"]}), "unsupported type: mrkdwn"),
        (message({"type": "section"}), "must have text or fields"),
        (message({"type": "header"}), "missing required field: text"),
        (message({"type": "card"}), "unsupported type: card"),
        (message({"type": "section", "text": "words"}), "unsupported type: None"),
        (message(entry()), "unsupported type: input"),
        (message(section(colour="red")), "unknown field: colour"),
        (message(section(text="words", verbatim=True)), "unknown field: verbatim"),
        (message(actions(button(style="default"))), "must be one of 'primary', 'danger'"),
        (message(actions({"type": "plain_text_input"})), "unsupported type: plain_text_input"),
        (message(actions({"type": "static_select"})), "must have exactly one of: options"),
        (message(section(block_id="a"), section(block_id="a")), "'a' is used more than once"),
        (message(actions(button(action_id="a"), button(action_id="a"))), "more than once"),
        (message(section(accessory={"type": "image", "alt_text": "x"})), "exactly one of: image"),
        (message(section(block_id=7)), "must be a string"),
        (message(section(expand="yes")), "must be a boolean"),
        (message(actions("Done")), "unsupported type: None"),  # type: ignore[arg-type]
        (message(actions(button(confirm="sure?"))), "must be an object"),
        ({"text": "words", "blocks": {}}, "must be a list"),
        ({"text": "words", "blocks": ["words"]}, "unsupported type: None"),
        (message(section(), text=""), "top-level text is missing"),
        ({"blocks": [section()]}, "top-level text is missing"),
        ({"text": 7}, "must be a string"),
    ],
)
def test_what_a_message_may_not_have(broken: JSON, complaint: str) -> None:
    assert complaint in "\n".join(check_message(broken))


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert check_message(message(*[actions(button(action_id="done")) for _ in range(2)])) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"type": "drawer", "blocks": []}, "unsupported type: drawer"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        (modal(submit=None), "unsupported type: None"),
        ({"type": "modal", "title": plain("x"), "blocks": [entry()]}, "must have a submit button"),
        (home(entry(label=section()["text"])), "unsupported type: mrkdwn"),
        (modal(entry(element=button())), "unsupported type: button"),
        ({**home(), "title": plain("x")}, "unknown field: title"),
        (modal(entry("a"), entry("a")), "'a' is used more than once"),
        ({"type": "home"}, "missing required field: blocks"),
    ],
)
def test_what_a_view_may_not_have(broken: JSON, complaint: str) -> None:
    assert complaint in "\n".join(check_view(broken))


def rich(*elements: JSON) -> JSON:
    return message({"type": "rich_text", "elements": list(elements)})


def run(*inline: JSON, kind: str = "rich_text_section") -> JSON:
    return {"type": kind, "elements": list(inline)}


WORD = {"type": "text", "text": "Fix", "style": {"strike": True, "bold": True}}


@pytest.mark.parametrize(
    "inline",
    [
        WORD,
        {"type": "link", "url": "https://x.io", "text": "x"},
        {"type": "user", "user_id": "U01"},
        {"type": "channel", "channel_id": "C01"},
        {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"},
        {"type": "emoji", "name": "tada"},
        {"type": "broadcast", "range": "here"},
    ],
)
def test_rich_text_has_these_elements(inline: JSON) -> None:
    assert check_message(rich(run(inline), run(inline, kind="rich_text_quote"))) == []
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": [run(inline)]}
    assert check_message(rich(bullets)) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (rich(), "no fewer than 1 items"),
        (rich(WORD), "unsupported type: text"),
        (rich(run({"type": "text", "text": ""})), "must be more than 0 characters"),
        (rich(run({"type": "mrkdwn", "text": "x"})), "unsupported type: mrkdwn"),
        (rich(run({**WORD, "style": {"blink": True}})), "unknown field: blink"),
        (
            rich({"type": "rich_text_list", "elements": [run(WORD)]}),
            "missing required field: style",
        ),
        (
            rich({"type": "rich_text_list", "style": "bullet", "elements": [WORD]}),
            "unsupported type: text",
        ),
        (
            rich(run({"type": "user", "user_id": "U01"}, kind="rich_text_preformatted")),
            "unsupported type: user",
        ),
        (
            rich(run({"type": "date", "timestamp": "1", "format": "x"})),
            "must be an integer",
        ),
    ],
)
def test_what_rich_text_may_not_have(broken: JSON, complaint: str) -> None:
    assert complaint in "\n".join(check_message(broken))


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["section", "actions", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "block_id", "blocks", "fields"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything=_ANYTHING)
def test_the_checker_complains_and_never_breaks(anything: Any) -> None:
    check_message({"text": "words", "blocks": anything})
    check_view({"type": "home", "blocks": anything})
