"""Compares a history with itself: whatever was answered must be so, once, and be seen. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from tests.proof.history import Call, Card, Event, History, Sent, Task

POST, UPDATE = "chat.postMessage", "chat.update"
OK = 200
STOPPING = 503
MINUTE = 60.0

# https://docs.slack.dev/apis/web-api/rate-limits
POSTS_APART = 1.0
PER_MINUTE = {POST: 300, UPDATE: 50}

ON_THE_WAY = 0.25
"""A call that left before the refusal of another was read, was not made against it."""

MAKES = {"add": "created", "done": "completed", "start": "started", "reopen": "reopened"}
"""The event that each verb makes."""

SAYS_IT_DID = {
    "add": re.compile(r"Added #(?P<number>\d+) (?P<title>.*)"),
    "done": re.compile(r"#(?P<number>\d+) .* is done\."),
    "start": re.compile(r"#(?P<number>\d+) .* is in progress\. "),
    "reopen": re.compile(r"#(?P<number>\d+) .* is open again\. "),
}
SAYS_IT_DID_NOT = re.compile(
    r"stopping$|Not saved: |There is no task #"
    r"|#\d+ .*(: .* finished it | is in progress already| is open\.| is done\. Reopen it first)"
)
SAYS_LATER = re.compile(r"Still saving \(ref [0-9a-f]{8}\)…")

STATES = {"created": "todo", "started": "doing", "completed": "done", "reopened": "todo"}
WAS_SO_ALREADY = {"done": {"done"}, "start": {"doing", "done"}, "reopen": {"todo", "doing"}}
"""The states in which a click changes nothing."""

OFFERS = {"todo": {"Done", "Start"}, "doing": {"Done"}, "done": {"Reopen"}, "deleted": {"Restore"}}
"""The buttons by which a card tells its state; its menu is the same in all of them."""

MOVES = set().union(*OFFERS.values())


def missing(history: History) -> list[Sent]:
    """Requests that were answered as saved, and are not in the database."""
    made = {(event.key, event.kind, event.number): event for event in history.events}
    titles = {task.number: task.title for task in history.tasks}
    states = _states(history.events)
    lost = []
    for sent in _changing(history.sent):
        if sent.is_click and sent.status == OK:
            done = (sent.key, MAKES[sent.verb], sent.number) in made
            if not (done or _claims_nothing(sent) or _was_so_already(sent, states[sent.number])):
                lost.append(sent)
        elif claim := _claim(sent):
            number = int(claim["number"])
            is_there = (sent.key, MAKES[sent.verb], number) in made
            if not is_there or titles.get(number) != (sent.title or titles.get(number)):
                lost.append(sent)
    return lost


def doubled(history: History) -> list[str]:
    """What stands in the database more than once, or under a number that is not its own."""
    keys = Counter(event.key for event in history.events)
    titles = Counter(task.title for task in history.tasks)
    wrong = [f"request {key}: {count} events" for key, count in keys.items() if count > 1]
    wrong += [f"title {title}: {count} tasks" for title, count in titles.items() if count > 1]
    numbers = [task.number for task in history.tasks]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append("the numbers of the tasks have gaps")
    return wrong


def contradicted(history: History) -> list[Sent]:
    """Requests that were said to be refused and were saved, or whose answer says neither."""
    made = {event.key for event in history.events}
    wrong = []
    for sent in _changing(history.sent):
        if sent.status is None or _claim(sent) or (sent.is_click and not sent.said):
            continue
        is_saved_in_spite = SAYS_IT_DID_NOT.match(sent.said) and sent.key in made
        if sent.status not in {OK, STOPPING} or is_saved_in_spite or not _claims_nothing(sent):
            wrong.append(sent)
    return wrong


def unasked(history: History) -> list[Event]:
    """Changes that nobody's request stands behind."""
    keys = {sent.key for sent in history.sent}
    return [event for event in history.events if event.key not in keys]


def unanswered(history: History) -> list[Sent]:
    """Requests that were never answered, not even when they were sent again."""
    answered = {sent.key for sent in history.sent if sent.status == OK}
    return [sent for sent in history.sent if sent.key not in answered]


def wrong_cards(history: History) -> list[str]:
    """Tasks whose card is not there, or says something else than the database."""
    standing = {(card.channel_id, card.ts): card for card in history.cards}
    noticed = {notice.number: notice for notice in history.notices if not notice.gone}
    wrong = []
    for task in history.tasks:
        if not task.has_card:
            continue
        notice = noticed.get(task.number)
        card = standing.get((notice.channel_id, notice.ts or "")) if notice else None
        if card is None:
            wrong.append(f"#{task.number} has no card")
        elif not _is_true(card, task):
            wrong.append(f"#{task.number} is {task.status}, its card says {card.says!r}")
    return wrong


def doubled_cards(history: History) -> int:
    """Messages that show a task which another message shows already."""
    shown = Counter(card.client_msg_id for card in history.cards if card.client_msg_id)
    return sum(count - 1 for count in shown.values())


def posts_never_read(history: History) -> int:
    """Posts of which the bot cannot know whether they were made: their answer was no answer."""
    read = {"ok", "ratelimited"}
    return sum(call.method == POST and call.outcome not in read for call in history.calls)


def inside_retry_after(history: History) -> list[tuple[Call, float]]:
    """Calls made while Slack had said not to call this method, and how long after it said so."""
    closed: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for call in history.calls:
        if call.retry_after is not None:
            closed[call.method].append((call.answered_at, call.answered_at + call.retry_after))
    wrong = []
    for call in history.calls:
        against = [
            since for since, until in closed[call.method] if since + ON_THE_WAY < call.at < until
        ]
        if against:
            wrong.append((call, call.at - max(against)))
    return wrong


def earliest_told(history: History, now: float) -> float:
    """When all that waits now can be told at the earliest, by Slack's limits."""
    waiting = [one for one in history.notices if one.waits and not one.gone and one.kind != "home"]
    updates = [UPDATE for notice in waiting if notice.ts]
    posts = Counter(notice.channel_id for notice in waiting if not notice.ts)
    by_minute = [_by_minute(history, UPDATE, len(updates), now)]
    by_minute.append(_by_minute(history, POST, posts.total(), now))
    last = {call.channel_id: call.at for call in history.calls if call.method == POST}
    by_channel = [
        max(now, last.get(channel, now - POSTS_APART) + POSTS_APART) + (count - 1) * POSTS_APART
        for channel, count in posts.items()
    ]
    return max(now, *by_minute, *by_channel)


def _by_minute(history: History, method: str, count: int, now: float) -> float:
    """When the last of so many more calls fits into a method's quota, one minute after another."""
    if not count:
        return now
    calls = [call for call in history.calls if call.method == method]
    opens = max((one.answered_at + (one.retry_after or 0.0) for one in calls), default=now)
    made = sorted(call.at for call in calls if call.outcome != "ratelimited")
    for _ in range(count):
        full = made[-PER_MINUTE[method]] + MINUTE if len(made) >= PER_MINUTE[method] else now
        made.append(max(now, opens, full))
    return made[-1]


def _changing(sent: Iterable[Sent]) -> Iterator[Sent]:
    return (one for one in sent if one.verb in MAKES)


def _claim(sent: Sent) -> re.Match[str] | None:
    """What an answer in words says was saved."""
    return None if sent.is_click else SAYS_IT_DID[sent.verb].match(sent.said)


def _claims_nothing(sent: Sent) -> bool:
    """Whether an answer says that nothing was saved, or that the outcome will follow."""
    return bool(SAYS_IT_DID_NOT.match(sent.said) or SAYS_LATER.match(sent.said))


def _states(events: Iterable[Event]) -> dict[int | None, list[tuple[float, str]]]:
    """From when on each task was in which state."""
    states: dict[int | None, list[tuple[float, str]]] = defaultdict(list)
    for event in events:
        if event.kind in STATES:
            states[event.number].append((event.at, STATES[event.kind]))
    return states


def _was_so_already(sent: Sent, states: list[tuple[float, str]]) -> bool:
    """Whether, between a click and its answer, the task was in a state that it does not change."""
    ends = [*(at for at, _ in states), float("inf")]
    during = {
        state
        for (since, state), until in zip(states, ends[1:], strict=True)
        if since <= sent.answered_at and until >= sent.at
    }
    return bool(during & WAS_SO_ALREADY[sent.verb])


def _is_true(card: Card, task: Task) -> bool:
    state = "deleted" if task.is_deleted else task.status
    return MOVES.intersection(card.offers) == OFFERS[state] and _timeless(card.says) == _line(task)


def _line(task: Task) -> str:
    """What the card of a task says, which has neither a due date nor a priority of its own."""
    if task.is_deleted:
        return f"#{task.number} deleted by {task.deleted_by}"
    states = {"todo": "To do", "doing": "In progress", "done": f"Done by {task.completed_by}"}
    is_nobodys_any_more = task.status == "done" and task.assignee == "nobody"
    held = [] if is_nobodys_any_more else [f"For {task.assignee}"]
    facts = [states[task.status], *held, f"Added by {task.creator}"]
    return f"#{task.number} {task.title} ({' · '.join(facts)})"


def _timeless(says: str) -> str:
    """Without the moment at which it was done."""
    return re.sub(r"(\(Done by [^,]*), [^·]* ·", r"\1 ·", says)
