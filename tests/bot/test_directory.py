"""What Slack says of a person is read with care: it says it in many shapes."""

from typing import Any

import pytest

from bot.directory import to_person
from store import Role


@pytest.mark.parametrize("updated", [None, "", "soon", -1, 2**70, 1.5, [], {}])
def test_a_moment_that_is_none_is_long_ago(updated: Any) -> None:
    assert to_person({"id": "U01", "updated": updated}, "T01").updated == 0


def test_a_person_of_whom_slack_says_next_to_nothing_has_an_identity_for_a_name() -> None:
    person = to_person({"id": "U01", "updated": 1_795_000_000}, "T01")
    assert (person.name, person.zone, person.role) == ("U01", "UTC", Role.MEMBER)
    assert person.updated == 1_795_000_000
