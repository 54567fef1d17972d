"""What must be told: claimed in order, by one at a time, until Slack shows what is wanted."""

from datetime import timedelta

import pytest

from store import Channel, ChannelKind, Closed, Database, Insights, Notices, TaskStore
from store.notices import LEASE, Notice
from tests.factories import DEV, NOW, TEAM, Clock, new, origin

OPS = Channel(team_id=TEAM, channel_id="C03", name="ops", kind=ChannelKind.PUBLIC)
POST = (TEAM, "chat.postMessage")
UPDATE = (TEAM, "chat.update")


@pytest.fixture
def notices(database: Database, clock: Clock) -> Notices:
    return Notices(database, clock)


async def claim(notices: Notices, limit: int = 10, closed: Closed | None = None) -> list[Notice]:
    return await notices.claim(limit, closed or Closed(), [TEAM])


async def posted(notices: Notices, ts: str = "1.0") -> Notice:
    """The one notice that waits, told for the first time."""
    (notice,) = await claim(notices)
    assert await notices.told(notice, ts)
    return notice


async def test_a_new_task_is_told_once_and_a_change_makes_it_due_again(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    notice = await posted(notices, "1.0")
    assert (notice.subject, notice.ts, notice.channel_id, notice.wanted) == ("1", None, "C01", 1)
    assert await claim(notices) == []
    await tasks.start(origin(), [1])
    (again,) = await claim(notices)
    assert (again.ts, again.wanted) == ("1.0", 2)
    assert again.client_msg_id == notice.client_msg_id


async def test_quiet_tasks_and_direct_conversations_have_nothing_to_tell(
    tasks: TaskStore, notices: Notices
) -> None:
    direct = Channel(team_id=TEAM, channel_id="D01", kind=ChannelKind.DIRECT)
    await tasks.add(origin(), new(quiet=True))
    await tasks.add(origin(channel=direct), new())
    await tasks.add(origin(channel=None), new())
    assert await claim(notices) == []
    assert await notices.next_due([TEAM]) is None


async def test_the_oldest_is_claimed_first_and_one_post_a_channel(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    for channel in (DEV, OPS, DEV):
        await tasks.add(origin(channel=channel), new())
        clock.pass_by(seconds=1)
    assert [one.subject for one in await claim(notices)] == ["1", "2"]


async def test_changes_that_wait_keep_their_place(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(channel=DEV), new())
    clock.pass_by(seconds=1)
    await tasks.add(origin(channel=OPS), new())
    clock.pass_by(seconds=1)
    await tasks.start(origin(), [1])
    (first,) = await claim(notices, limit=1)
    assert (first.subject, first.wanted) == ("1", 2), "two changes are told by one call"


async def test_what_is_claimed_is_nobody_else_s_until_its_lease_ends(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    (first,) = await claim(notices)
    assert first.lease_until == NOW + LEASE
    clock.pass_by(seconds=LEASE.total_seconds() - 1)
    assert await claim(notices) == []
    clock.pass_by(seconds=1)
    (second,) = await claim(notices)
    assert second.token == first.token + 1


async def test_a_worker_that_lost_its_lease_has_the_truth_painted_once_more(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    (frozen,) = await claim(notices)
    clock.pass_by(seconds=LEASE.total_seconds())
    (second,) = await claim(notices)
    assert await notices.told(second, "2.0")
    assert await claim(notices) == []
    assert not await notices.told(frozen, "1.0")
    (once_more,) = await claim(notices)
    assert once_more.ts == "2.0", "the post of the one that held the lease is the card"
    assert await notices.told(once_more, "2.0")
    assert await claim(notices) == []


async def test_a_lost_lease_is_made_good_at_once_even_if_the_card_was_put_off(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    (frozen,) = await claim(notices)
    clock.pass_by(seconds=LEASE.total_seconds())
    (second,) = await claim(notices)
    assert await notices.later(second, clock() + timedelta(hours=1))
    assert not await notices.told(frozen, "1.0")
    (once_more,) = await claim(notices)
    assert once_more.wanted == second.wanted + 1


async def test_a_clock_that_is_set_forward_during_a_call_lets_nobody_call_twice(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    (calling,) = await claim(notices)
    clock.pass_by(minutes=10)
    under_way = Closed(notices=[(calling.team_id, calling.kind, calling.subject)])
    assert await claim(notices, closed=under_way) == []
    assert await notices.told(calling, "1.0")
    assert await claim(notices) == []


async def test_a_clock_that_is_set_back_keeps_nothing_waiting(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(hours=-1)
    (held,) = await claim(notices)
    clock.pass_by(hours=-1)
    (claimed,) = await claim(notices)
    assert claimed.token == held.token + 1, "whoever held it was forgotten"


async def test_what_a_worker_holds_whose_clock_is_a_minute_ahead_is_left_to_it(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(minutes=1)
    (held,) = await claim(notices)
    clock.pass_by(minutes=-1)
    assert await claim(notices) == []
    assert await notices.told(held, "1.0")


async def test_a_change_during_a_call_stays_due(tasks: TaskStore, notices: Notices) -> None:
    await tasks.add(origin(), new())
    (notice,) = await claim(notices)
    await tasks.complete(origin(), [1])
    assert await claim(notices) == [], "one call in flight for one card"
    assert await notices.told(notice, "1.0")
    (again,) = await claim(notices)
    assert (again.ts, again.wanted) == ("1.0", 2)


async def test_what_is_put_off_is_due_later_and_counted(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    (notice,) = await claim(notices)
    assert await notices.later(notice, NOW + timedelta(seconds=4))
    assert await notices.next_due([TEAM]) == NOW + timedelta(seconds=4)
    assert await claim(notices) == []
    clock.pass_by(seconds=4)
    (again,) = await claim(notices)
    assert again.attempts == 1
    await notices.later(again, clock(), counts=False)
    (third,) = await claim(notices)
    assert third.attempts == 1
    await notices.told(third, "1.0")
    await tasks.start(origin(), [1])
    (fresh,) = await claim(notices)
    assert fresh.attempts == 0


async def test_a_card_that_is_gone_is_never_written_to_again(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    await posted(notices)
    await tasks.start(origin(), [1])
    (notice,) = await claim(notices)
    assert await notices.dropped(notice, gone=True)
    await tasks.complete(origin(), [1])
    assert await claim(notices) == []


async def test_a_call_that_was_refused_is_made_again_with_the_next_change(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    (notice,) = await claim(notices)
    assert await notices.dropped(notice, gone=False)
    assert await claim(notices) == []
    await tasks.start(origin(), [1])
    (again,) = await claim(notices)
    assert again.ts is None


async def test_a_closed_method_is_not_called_but_for_a_favoured_card(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    assert await claim(notices, closed=Closed(methods=[POST])) == []
    await posted(notices)
    await tasks.start(origin(), [1])
    closed = Closed(methods=[UPDATE], channels=[(TEAM, "C01")])
    assert await claim(notices, closed=closed) == []
    assert await notices.claim(10, closed, [TEAM], [(TEAM, "2.0")]) == []
    (favoured,) = await notices.claim(10, closed, [TEAM], [(TEAM, "1.0")])
    assert favoured.subject == "1"


async def test_a_closed_channel_takes_no_post_but_updates(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    closed = Closed(channels=[(TEAM, "C01")])
    assert await claim(notices, closed=closed) == []
    assert await notices.claim(10, closed, [TEAM], [(TEAM, "1.0")]) == [], "a post needs a method"
    await posted(notices)
    await tasks.start(origin(), [1])
    assert len(await claim(notices, closed=closed)) == 1


async def test_without_a_workspace_s_token_nothing_of_it_is_claimed(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    assert await notices.claim(10, Closed(), []) == []
    assert await notices.claim(10, Closed(), ["T02"]) == []
    assert await notices.next_due(["T02"]) is None


async def test_the_next_due_is_the_earliest_or_the_end_of_a_lease(
    tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    assert await notices.next_due([TEAM]) == NOW
    await claim(notices)
    assert await notices.next_due([TEAM]) == NOW + LEASE
    clock.pass_by(seconds=5)
    await tasks.add(origin(), new())
    assert await notices.next_due([TEAM]) == NOW + timedelta(seconds=5)


async def test_leases_of_a_killed_process_are_free_at_once(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(), new())
    (killed,) = await claim(notices)
    await notices.forget_leases()
    (again,) = await claim(notices)
    assert again.token > killed.token
    assert again.client_msg_id == killed.client_msg_id


async def test_a_notice_shows_the_task_as_it_is_now(tasks: TaskStore, notices: Notices) -> None:
    await tasks.add(origin(), new("Fix login"))
    (notice,) = await claim(notices)
    await tasks.start(origin(), [1])
    assert (await notices.task(notice)).status == "doing"


async def test_what_waits_is_counted_with_the_age_of_the_oldest(
    database: Database, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    insights = Insights(database, clock)
    await tasks.add(origin(), new())
    clock.pass_by(seconds=90)
    await tasks.add(origin(), new())
    numbers = await insights.numbers()
    assert (numbers.notices_waiting, numbers.notices_oldest_seconds) == (2, 90.0)
    clock.pass_by(days=-1)
    assert (await insights.numbers()).notices_oldest_seconds == 0.0, "the clock was set back"
    clock.pass_by(days=1)
    await posted(notices)
    await posted(notices)
    numbers = await insights.numbers()
    assert (numbers.notices_waiting, numbers.notices_oldest_seconds) == (0, 0.0)
