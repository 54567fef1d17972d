"""Our copy of what Slack says, and who was active on which day."""

from store import (
    Channel,
    ChannelKind,
    Database,
    Installation,
    People,
    Person,
    Role,
    SlackUser,
    TaskStore,
)
from store.tables import channel_members
from tests.factories import ACME, DEV, MAYA, SECRET, TEAM, TOM, Clock, new, origin

MAYA_LIND = Person(
    team_id=TEAM, user_id=MAYA, name="Maya Lind", zone="Europe/Berlin", role=Role.ADMIN
)


async def test_nothing_is_known_before_anything_was_asked(people: People) -> None:
    known = await people.know("T99", MAYA, "C01")
    assert (known.installation, known.person, known.channel) == (None, None, None)
    assert not known.channel_is_stale
    known = await people.know(TEAM, MAYA)
    assert known.installation == ACME


async def test_what_slack_says_replaces_what_was_known(people: People) -> None:
    await people.save([Person(team_id=TEAM, user_id=MAYA, name="maya")])
    await people.save([MAYA_LIND])
    await people.save([])
    assert (await people.know(TEAM, MAYA)).person == MAYA_LIND
    assert await people.names(TEAM, [MAYA, TOM]) == {MAYA: "Maya Lind"}
    assert await people.names("T02", [MAYA]) == {}


async def test_a_person_who_was_only_named_has_a_name_and_is_not_known(
    people: People, tasks: TaskStore
) -> None:
    await people.save([MAYA_LIND])
    await tasks.add(origin(), new(names={TOM: "tom", MAYA: "maya"}))
    assert await people.names(TEAM, [MAYA, TOM]) == {MAYA: "Maya Lind", TOM: "tom"}
    assert (await people.know(TEAM, TOM)).person is None
    assert await people.unchecked(TEAM, [MAYA, TOM, "U09"]) == {TOM, "U09"}


async def test_a_channel_is_fresh_for_an_hour(people: People, clock: Clock) -> None:
    await people.save_channel(SECRET)
    assert (await people.know(TEAM, MAYA, "C02")).channel == SECRET
    clock.pass_by(hours=1)
    assert not (await people.know(TEAM, MAYA, "C02")).channel_is_stale
    assert await people.stale_channels(TEAM, 10) == []
    clock.pass_by(seconds=1)
    assert (await people.know(TEAM, MAYA, "C02")).channel_is_stale
    await people.save_channel(DEV)
    assert await people.stale_channels(TEAM, 10) == ["C02"]
    assert await people.stale_channels("T02", 10) == []


async def test_the_channel_asked_about_the_longest_ago_is_asked_about_first(
    people: People, clock: Clock
) -> None:
    await people.save_channel(SECRET)
    clock.pass_by(minutes=1)
    await people.save_channel(DEV)
    clock.pass_by(hours=2)
    assert await people.stale_channels(TEAM, 1) == ["C02"]


async def test_where_the_bot_is_makes_cards_possible_in_private(people: People) -> None:
    await people.save_channel(SECRET)
    assert await people.came(TEAM, "C02", ACME.bot_user_id)
    channel = (await people.know(TEAM, MAYA, "C02")).channel
    assert channel
    assert channel.takes_cards
    await people.went(TEAM, "C02", ACME.bot_user_id)
    channel = (await people.know(TEAM, MAYA, "C02")).channel
    assert channel
    assert not channel.takes_cards


async def test_the_last_installed_workspace_is_the_one_whose_token_worked_last(
    people: People, clock: Clock
) -> None:
    other = Installation(team_id="T02", team_name="Beta", bot_user_id="UBOT02")
    clock.pass_by(seconds=1)
    await people.install(other)
    assert await people.last_installed() == other
    clock.pass_by(seconds=1)
    await people.install(ACME)
    assert await people.last_installed() == ACME


async def test_a_workspace_installed_again_keeps_its_numbers_and_its_command(
    people: People, tasks: TaskStore
) -> None:
    await tasks.add(origin(), new())
    await people.rename_command(TEAM, "/todo")
    await people.install(ACME)
    known = (await people.know(TEAM, MAYA)).installation
    assert known
    assert known.command == "/todo"
    (outcome,) = await tasks.add(origin(), new())
    assert outcome.number == 2


def test_cards_are_for_channels_and_only_where_they_can_be_posted() -> None:
    direct = Channel(team_id=TEAM, channel_id="D01", kind=ChannelKind.DIRECT, has_bot=True)
    assert not direct.may_have_cards
    assert not direct.takes_cards
    assert SECRET.may_have_cards
    assert not SECRET.takes_cards
    assert DEV.takes_cards


async def test_who_is_in_a_channel_is_known_only_where_slack_could_be_asked(
    people: People, database: Database
) -> None:
    maya, tom = SlackUser(TEAM, MAYA), SlackUser(TEAM, TOM)
    assert await people.is_in(maya, "C02") is None
    row = {"team_id": "T01", "channel_id": "C02", "user_id": "U01"}
    await database.write(lambda c: c.execute(channel_members.insert(), row))
    assert await people.is_in(maya, "C02") is True
    assert await people.is_in(tom, "C02") is False
    assert await people.is_in(maya, "C01") is None


async def test_one_may_add_to_public_channels_and_where_one_is_known_to_be(
    people: People, database: Database
) -> None:
    await people.save_channel(DEV)
    await people.save_channel(SECRET)
    row = {"team_id": TEAM, "channel_id": "C02", "user_id": MAYA}
    await database.write(lambda c: c.execute(channel_members.insert(), row))
    may = {
        (user_id, role, channel_id): await people.may_add_to(
            SlackUser(TEAM, user_id), role, channel_id
        )
        for user_id in (MAYA, TOM)
        for role in (Role.MEMBER, Role.GUEST)
        for channel_id in ("C01", "C02", "C09")
    }
    assert {asked for asked, yes in may.items() if yes} == {
        (MAYA, Role.MEMBER, "C01"),
        (TOM, Role.MEMBER, "C01"),
        (MAYA, Role.MEMBER, "C02"),
        (MAYA, Role.GUEST, "C02"),
    }
