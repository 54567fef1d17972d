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


def test_of_a_name_nothing_is_kept_that_cannot_be_stored() -> None:
    said = {"id": "U01", "name": "maya", "tz": "Europe/\ud800Berlin"}
    person = to_person(said | {"profile": {"display_name": "Ma\ud83dya\x00 L"}}, "T01")
    assert (person.name, person.zone) == ("Maya L", "Europe/Berlin")
    assert to_person(said | {"profile": {"display_name": "\ud83d"}}, "T01").name == "maya"
    assert to_person(said | {"profile": {"display_name": ["x"]}}, "T01").name == "maya"
