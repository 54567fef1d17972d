"""Slack's encoded text, decoded once; and the plain form in which words are compared."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, islice
from typing import NamedTuple

from bot.reading.errors import TooLong

# https://docs.slack.dev/messaging/formatting-message-text#how-to-retrieve
# People and channels are a group of their own: a text may be nothing but them, and each costs.
_ENCODED = re.compile(
    r"<(?:(@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+)(?=[|>])|([^<>|]+))(?:\|([^<>]*))?>",
)
_GROUPS = _ENCODED.groups + 1
"""Pieces of the split text for each match: what stands before it, and its groups."""

_PLAIN = (
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"'}
    | {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'"}
    | {"\u00a0": " ", "\u202f": " ", "\u2007": " "}
)
_QUOTE_MARKS = {'"', *(mark for mark, form in _PLAIN.items() if form == '"')}
_NOTHING = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\u061c"
_VISIBLE = re.compile(rf"[^\s{_NOTHING}]")
# What fonts draw as nothing when it stands alone: fillers, selectors and tags. Beside other
# characters they have their use, as in emoji (https://www.unicode.org/reports/tr44/#DI.txt).
_NOTHING_ALONE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SEEN_ALONE = re.compile(rf"[^\s{_NOTHING}{_NOTHING_ALONE}]")
_NOT_PLAIN = re.compile(f"[{_NOTHING}{''.join(_PLAIN)}]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

RAW_MAX = 20_000
"""More than any task takes, even when every character of it is escaped."""


class Mention(NamedTuple):
    """A person or a channel in the decoded text, from `start` to `end`, shown as `@name`."""

    start: int
    end: int
    id: str
    name: str
    is_person: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text as a person would write it, and where in it Slack saw people and channels.

    A text may have hundreds of them, of which few are asked for: they are told one by one.
    """

    text: str
    ids: Sequence[str] = ()
    """Of people and channels in their order, with the `@` or `#` before them."""
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """All of them."""
        return tuple(map(self._mention, range(len(self.ids))))

    def people(self, most: int | None = None) -> list[Mention]:
        """The people in it, the first ones if there are more than `most`."""
        at_people = (at for at, seen in enumerate(self.ids) if seen[0] == "@")
        return [self._mention(at) for at in islice(at_people, most)]

    def names(self) -> dict[str, str]:
        """The names by which people stand in it, by their ids."""
        spans = zip(self.ids, self.starts, self.ends, strict=True)
        return {
            seen[1:]: self.text[start + 1 : end] for seen, start, end in spans if seen[0] == "@"
        }

    def behind(self, position: int) -> Mention | None:
        """The first mention that ends behind a position."""
        at = bisect_right(self.ends, position)
        return self._mention(at) if at < len(self.ids) else None

    def touches(self, start: int, end: int) -> bool:
        """Whether Slack made a person or a channel of part of it, as in `"for @maya"`."""
        at = bisect_right(self.ends, start)
        return at < len(self.ids) and self.starts[at] < end

    def _mention(self, at: int) -> Mention:
        seen, start, end = self.ids[at], self.starts[at], self.ends[at]
        return Mention(start, end, seen[1:], self.text[start + 1 : end], seen[0] == "@")


def decode(raw: str) -> Decoded:
    """Decode what Slack encoded, drop control characters, and keep everything else as typed.

    Raises:
        TooLong: so much that reading it would keep everybody else waiting.
    """
    if len(raw) > RAW_MAX:
        raise TooLong("text", len(raw), RAW_MAX)
    *pieces, last = _ENCODED.split(without_controls(raw))
    if not pieces:
        return Decoded(_decoded(last))
    # Column by column, for the same reason for which mentions are a group of their own.
    before, seen, other, label = (pieces[at::_GROUPS] for at in range(_GROUPS))
    shown = [
        (one or body) if not name and (one or body[0] != "!") else _shown(one or body, name)
        for one, body, name in zip(seen, other, label, strict=True)
    ]
    parts = [""] * (2 * len(shown))
    parts[::2], parts[1::2] = before, shown
    if "&" in raw:
        parts = [_decoded(part) for part in parts]
    ends = list(accumulate(map(len, parts)))
    return Decoded(
        "".join([*parts, _decoded(last)]),
        ids=[one for one in seen if one],
        starts=[*compress(ends[::2], seen)],
        ends=[*compress(ends[1::2], seen)],
    )


def without_controls(text: str) -> str:
    """The text without the characters that no keyboard types and no database takes."""
    return _CONTROLS.sub("", text)


def plain(text: str) -> str:
    """The form for comparing: straight quotes, simple spaces, nothing invisible, small letters."""
    # Most texts have nothing to be made plain, and many are ASCII; both is quickly known.
    if text.isascii():
        return text.lower()
    # Each kind of mark at once: there are few of them, but a text may be full of them.
    mark = _NOT_PLAIN.search(text)
    while mark:
        text = text.replace(mark[0], _PLAIN.get(mark[0], ""))
        mark = _NOT_PLAIN.search(text, mark.start())
    return text.casefold()


def plain_words(words: Sequence[str]) -> list[str]:
    """The plain form of each, all made at once; that of an invisible one is empty."""
    return plain("\n".join(words)).split("\n") if words else []


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return _SEEN_ALONE.search(text) is None


def blank_at_end(text: str) -> int:
    """How many characters at the end cannot be seen."""
    # A search runs forwards only.
    seen = _VISIBLE.search(text[::-1])
    return seen.start() if seen else len(text)


def unquoted(title: str) -> str:
    """Quotes round the whole title are there to keep its words; any others belong to it."""
    first, inner, last = title[:1], title[1:-1], title[1:][-1:]
    is_whole = _QUOTE_MARKS.issuperset((first, last)) and not any(map(inner.count, _QUOTE_MARKS))
    return inner.strip() if is_whole else title


def encode_mention(mention: Mention) -> str:
    """A mention as Slack would have sent it, for a text that is to be read again."""
    return f"<{'@' if mention.is_person else '#'}{mention.id}|{encode(mention.name)}>"


def encode(text: str) -> str:
    """Plain text as Slack would have sent it: three characters are escaped, no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(encoded: str, label: str | None) -> str:
    """What a person sees of it: its label, if there is one."""
    sigil = encoded[:1] if encoded[1:] else ""
    if sigil == "!":
        return label or "@" + encoded[1:].partition("^")[0]
    return f"{sigil if sigil in '@#' else ''}{label}" if label else encoded


def _decoded(text: str) -> str:
    if "&" not in text:
        return text
    # The ampersand comes last: "&amp;lt;" is what Slack makes of a typed "&lt;".
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
