"""What a message says that a task is to be made from: its title, its notes and where it stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.drawing.ids import UnknownForm
from bot.reading.grammar import cut_title
from bot.reading.normal import RAW_MAX, Decoded, decode
from store import NOTES_MAX

_TS = re.compile(r"\d{10}\.\d{6}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,20}", re.ASCII)
_GOV = "https://hooks.slack-gov.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A message, decoded; `thread_ts` is the thread in which an answer to it belongs."""

    text: Decoded
    thread_ts: str
    permalink: str

    @property
    def user_ids(self) -> set[str]:
        """Everybody who is mentioned in it."""
        return set(self.text.names())


def read_message(shortcut: Mapping[str, Any]) -> Quoted:
    """Read the message from whose menu a shortcut was chosen.

    https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload

    Raises:
        UnknownForm: there is no message in it.
    """
    match shortcut:
        case {"message": {"ts": str(ts), **message}} if _TS.fullmatch(ts):
            thread_ts, text = message.get("thread_ts"), message.get("text")
        case _:
            raise UnknownForm
    in_thread = isinstance(thread_ts, str) and bool(_TS.fullmatch(thread_ts))
    return Quoted(
        text=decode(text[:RAW_MAX]) if isinstance(text, str) else Decoded(""),
        thread_ts=str(thread_ts) if in_thread else ts,
        permalink=_permalink(shortcut, ts, str(thread_ts) if in_thread else ts),
    )


def title_and_notes(quoted: Quoted, names: Mapping[str, str]) -> tuple[str, str]:
    """The first line as a title and the rest as notes, as much of it as a task holds."""
    first, _, below = _named(quoted.text, names).strip().partition("\n")
    title, beyond = cut_title(first.strip())
    notes = "\n".join(part for part in (beyond, below.strip()) if part)
    return title, notes if len(notes) <= NOTES_MAX else f"{notes[: NOTES_MAX - 1].rstrip()}…"


def _named(decoded: Decoded, names: Mapping[str, str]) -> str:
    """The text with the names of everybody whom Slack named by the id alone."""
    pieces: list[str] = []
    position = 0
    for one in decoded.mentions:
        pieces.append(decoded.text[position : one.start])
        known = names.get(one.id, one.name) if one.is_person else "channel"
        is_bare = one.name == one.id
        sign = "@" if one.is_person else "#"
        pieces.append(sign + known if is_bare else decoded.text[one.start : one.end])
        position = one.end
    return "".join([*pieces, decoded.text[position:]])


def _permalink(shortcut: Mapping[str, Any], ts: str, thread_ts: str) -> str:
    """The address of the message, in the form in which Slack gives it; empty if it has none.

    https://docs.slack.dev/reference/methods/chat.getPermalink
    """
    match shortcut:
        case {"team": {"domain": str(domain)}, "channel": {"id": str(channel_id)}}:
            is_known = _DOMAIN.fullmatch(domain) and _CHANNEL.fullmatch(channel_id)
        case _:
            return ""
    if not is_known:
        return ""
    is_gov = str(shortcut.get("response_url")).startswith(_GOV)
    site = f"https://{domain}.slack{'-gov' if is_gov else ''}.com"
    thread = f"?thread_ts={thread_ts}&cid={channel_id}" if thread_ts != ts else ""
    return f"{site}/archives/{channel_id}/p{ts.replace('.', '')}{thread}"
