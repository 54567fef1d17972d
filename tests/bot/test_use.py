"""What a command is counted as, and that nothing more is taken of what people typed."""

import pytest

from bot.reading.use import counted_verb, counted_word
from bot.reading.verbs import ALIASES, VERBS


def test_every_verb_counts_by_its_own_name_whichever_was_typed() -> None:
    assert {counted_verb(f"{name} 12 secret") for name in VERBS} == set(ALIASES)
    assert counted_verb("  ADD\u00a0Fix login") == "add"
    assert counted_verb("") == counted_verb(" \u00a0 ") == "mine"
    assert counted_verb("remind me") == counted_verb("<@U02|tom> hi") == "(unknown)"


def test_no_verb_can_be_taken_for_what_stands_for_more_than_one() -> None:
    assert not {"mine", "(unknown)"} & set(ALIASES)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Remind me to call Ada", "remind"),
        ("todo", "todo"),
        ("to-do list", "to-do"),
        ("ÜBERGEBEN an Tom", "übergeben"),
        ("напомни мне", "напомни"),
        ("提醒 我", "提醒"),
        ("हिन्दी में", "हिन्दी"),
        ("\u200bshow-me 12", "show-me"),
        ("12", "(number)"),
        ("#12 done", "(number)"),
        ("١٢", "(number)"),
        ("<@U02|tom> please", "(mention)"),
        ("@tom please", "(mention)"),
        ("<#C1|dev> please", "(mention)"),
        ("<!here> please", "(mention)"),
        ("<https://example.com/secret> is down", "(link)"),
        ("<https://example.com/secret|secret> is down", "(link)"),
        ("<mailto:ada@example.com|ada@example.com> wrote", "(link)"),
        ("https://example.com/secret", "(link)"),
        ("www.example.com", "(link)"),
        ("<https://example.com/" + "x" * 200 + "> is down", "(link)"),
        ("add: Fix login", "(other)"),
        ("ada@example.com wrote", "(other)"),
        ("hunter2", "(other)"),
        ("it's", "(other)"),
        ("--", "(other)"),
        ("\u0301\u0301", "(other)"),
        ("\u3164\u115f unseen", "(other)"),
        ("\u3164a half seen", "\u3164a"),
        (":tada: done", "(other)"),
        ("🎉 done", "(other)"),
        ('"Fix login"', "(other)"),
        ("a" * 20, "a" * 20),
        ("a" * 21, "(other)"),
        ("a" * 5_000, "(other)"),
    ],
)
def test_of_a_first_word_that_is_no_verb_only_a_plain_one_is_kept(text: str, word: str) -> None:
    assert counted_word(text) == word
