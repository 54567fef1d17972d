"""Who is in which private channel, as far as Slack told us, and what follows for seeing."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from store import (
    FULL_MEMBERS,
    MAY_ACT,
    Channel,
    ChannelKind,
    Database,
    ListQuery,
    Lists,
    NoSuchTask,
    Origin,
    People,
    Role,
    SlackUser,
    TaskStore,
)
from tests.factories import ACME, DEV, MAYA, NOW, SECRET, TEAM, TOM, Clock, new, origin

BOT = ACME.bot_user_id
ADA = "U03"
DEN = Channel(
    team_id=TEAM, channel_id="C03", name="den", kind=ChannelKind.PRIVATE, shared=False, has_bot=True
)


async def listed(database: Database, channel_id: str = "C03") -> set[str]:
    asked = sa.text("SELECT user_id FROM channel_members WHERE channel_id = :channel_id")
    return await database.read(lambda c: set(c.scalars(asked, {"channel_id": channel_id})))


async def tell(people: People, *user_ids: str, channel: Channel = DEN) -> bool:
    """Have Slack say what a channel is, and who is in it."""
    await people.save_channel(channel)
    version = await people.channel_version(channel)
    return await people.save_members(channel, [*user_ids, BOT], version)


async def is_due(people: People) -> bool:
    return "C03" in await people.stale_channels(TEAM, 10)


async def test_a_list_replaces_the_one_before(database: Database, people: People) -> None:
    assert await tell(people, MAYA, TOM)
    assert await tell(people, TOM, ADA)
    assert await listed(database) == {TOM, ADA, BOT}


async def test_a_channel_with_members_is_stale_until_they_are_known(
    people: People, clock: Clock
) -> None:
    await people.save_channel(DEN)
    assert await is_due(people)
    await tell(people, MAYA)
    assert not await is_due(people)
    clock.pass_by(hours=1, seconds=1)
    assert await is_due(people)


async def test_a_channel_whose_list_failed_waits_behind_the_others(
    people: People, clock: Clock
) -> None:
    await people.save_channel(SECRET)
    clock.pass_by(hours=2)
    await people.save_channel(DEN)
    assert await people.stale_channels(TEAM, 10) == ["C02", "C03"]


@pytest.mark.parametrize("how", ["came", "went", "bot went", "channel told again"])
async def test_a_list_that_was_asked_for_before_somebody_moved_is_not_kept(
    database: Database, people: People, how: str
) -> None:
    await tell(people, MAYA, TOM)
    version = await people.channel_version(DEN)
    match how:
        case "came":
            await people.came(TEAM, "C03", ADA)
        case "went":
            await people.went(TEAM, "C03", TOM)
        case "bot went":
            await people.went(TEAM, "C03", None)
        case _:
            await people.save_channel(replace(DEN, kind=ChannelKind.PUBLIC))
    before = await listed(database)
    assert not await people.save_members(DEN, [MAYA, TOM, BOT], version)
    assert await listed(database) == before
    if how != "channel told again":
        assert await is_due(people), "it is asked for once more"


async def test_events_correct_a_list_and_have_it_asked_for_again(
    database: Database, people: People
) -> None:
    await tell(people, MAYA, TOM)
    assert not await people.came(TEAM, "C03", ADA)
    await people.went(TEAM, "C03", TOM)
    assert await listed(database) == {MAYA, ADA, BOT}
    assert await is_due(people)
    await people.came(TEAM, "C03", ADA)
    await people.went(TEAM, "C03", TOM)
    assert await listed(database) == {MAYA, ADA, BOT}


async def test_an_event_invents_no_list(database: Database, people: People) -> None:
    await people.came(TEAM, "C09", ADA)
    await people.save_channel(DEV)
    await people.came(TEAM, "C01", ADA)
    await people.save_channel(SECRET)
    await people.came(TEAM, "C02", ADA)
    await people.save_channel(DEN)
    await people.came(TEAM, "C03", ADA)
    for channel_id in ("C09", "C01", "C02", "C03"):
        assert await listed(database, channel_id) == set()
    assert await people.stale_channels(TEAM, 10) == ["C03"], "nothing is asked for in vain"


@pytest.mark.parametrize("user_id", [BOT, None])
async def test_nobody_is_known_where_the_bot_is_no_longer(
    database: Database, people: People, user_id: str | None
) -> None:
    await tell(people, MAYA)
    await people.went(TEAM, "C03", user_id)
    assert await listed(database) == set()
    channel = (await people.know(TEAM, MAYA, "C03")).channel
    assert channel == replace(DEN, has_bot=False)
    assert await people.came(TEAM, "C03", BOT)
    assert await listed(database) == set()
    assert await is_due(people)


@pytest.mark.parametrize(
    "became",
    [
        replace(DEN, kind=ChannelKind.PUBLIC),
        replace(DEN, has_bot=False),
        Channel(team_id=TEAM, channel_id="C03"),
    ],
    ids=["public", "without the bot", "not to be found"],
)
async def test_nobody_is_known_of_a_channel_that_lists_no_members(
    database: Database, people: People, became: Channel
) -> None:
    await tell(people, MAYA)
    await people.save_channel(became)
    assert await listed(database) == set()
    assert not await is_due(people)


async def test_a_channel_of_another_workspace_is_left_alone(
    database: Database, people: People
) -> None:
    await people.install(replace(ACME, team_id="T02", bot_user_id="UBOT02"))
    await tell(people, MAYA)
    await people.came("T02", "C03", ADA)
    await people.went("T02", "C03", MAYA)
    await people.went("T02", "C03", "UBOT02")
    await people.save_channel(Channel(team_id="T02", channel_id="C03"))
    assert not await people.came(TEAM, "C03", "UBOT02")
    assert await listed(database) == {MAYA, BOT, "UBOT02"}


# Seeing


@pytest.fixture
async def hidden(people: People, tasks: TaskStore) -> int:
    """A task of Ada's in the den, where Maya is and Tom is not."""
    await people.save_channel(DEV)
    await tell(people, MAYA, ADA)
    (outcome,) = await tasks.add(origin(ADA, channel=DEN), new())
    return outcome.number


async def sees(tasks: TaskStore, lists: Lists, asking: Origin, number: int) -> bool:
    """Whether a task exists for somebody, said by a list and by its number alike."""
    page = await lists.page(asking, ListQuery(), NOW)
    try:
        await tasks.history(asking, number)
    except NoSuchTask:
        assert number not in {one.number for one in page.tasks}
        return False
    assert number in {one.number for one in page.tasks}
    return True


PLACES = {"there": DEN, "elsewhere": DEV, "nowhere": None}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("user_id", [MAYA, TOM])
async def test_full_members_see_the_channels_they_are_in_from_everywhere(
    database: Database, tasks: TaskStore, hidden: int, role: Role, where: str, user_id: str
) -> None:
    asking = origin(user_id, role=role, channel=PLACES[where])
    is_there = where == "there" and role in MAY_ACT
    is_member = user_id == MAYA and role in FULL_MEMBERS
    assert await sees(tasks, Lists(database), asking, hidden) is (is_there or is_member)


async def test_who_left_sees_no_more_from_elsewhere(
    database: Database, people: People, tasks: TaskStore, hidden: int
) -> None:
    await people.went(TEAM, "C03", MAYA)
    assert not await sees(tasks, Lists(database), origin(), hidden)
    await people.came(TEAM, "C03", MAYA)
    assert await sees(tasks, Lists(database), origin(), hidden)
    await people.went(TEAM, "C03", ADA)
    assert await sees(tasks, Lists(database), origin(ADA, channel=None), hidden), "she made it"


async def test_members_of_the_same_channel_id_in_another_workspace_are_other_people(
    database: Database, people: People, tasks: TaskStore, hidden: int
) -> None:
    await people.install(replace(ACME, team_id="T02", bot_user_id="UBOT02"))
    await tell(people, TOM, channel=replace(DEN, team_id="T02"))
    assert not await sees(tasks, Lists(database), origin(TOM), hidden)
    assert not await sees(tasks, Lists(database), origin(team_id="T02"), hidden)


# Where one may put a task without being seen there


@pytest.mark.parametrize("role", Role)
async def test_a_task_may_be_added_from_afar_where_one_is_known_to_be_or_everybody_is(
    people: People, role: Role
) -> None:
    await people.save_channel(DEV)
    await people.save_channel(SECRET)
    await tell(people, MAYA)
    maya, tom = SlackUser(TEAM, MAYA), SlackUser(TEAM, TOM)
    allowed = {
        (who, channel_id)
        for who in (maya, tom, SlackUser("T02", MAYA))
        for channel_id in ("C01", "C02", "C03", "C09")
        if await people.may_add_to(who, role, channel_id)
    }
    joined = {(maya, "C03")} if role in MAY_ACT else set()
    public = {(maya, "C01"), (tom, "C01")} if role in FULL_MEMBERS else set()
    assert allowed == joined | public
