"""Whole lines after `add`, as Slack sends them, and what is read from each, said in words."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.reading.errors import (
    AmbiguousDate,
    NoSuchDate,
    NoTitle,
    PastDue,
    PersonNotPicked,
    ReadingError,
    SeveralPeople,
    TooLong,
)
from bot.reading.grammar import ReadTask, read_new_task
from store import Due, DueAt, Priority
from tests.factories import MAYA

MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))
PEOPLE = {"U01": "maya", "U02": "tom", "U03": "ada"}

# Typed by Maya on Monday, 23 November 2026, at 10:00 in Berlin. What is not said is as always:
# no notes, for nobody, no due date, normal priority, with a card, nothing left to be told.
TITLES: Mapping[str, str] = {
    "Fix login": "“Fix login”",
    "  Fix login \t": "“Fix login”",
    "Fix  the   gaps": "“Fix  the   gaps”",
    "Stand by Maya": "“Stand by Maya”",
    "Drive by": "“Drive by”",
    "by": "“by”",
    "Pay the amount due": "“Pay the amount due”",
    "Fix login by hand": "“Fix login by hand”",
    "Multiply by 2": "“Multiply by 2”",
    "Fix login due ...": "“Fix login due ...”",
    "Fix login due soon": "“Fix login due soon”, left: due soon (due tomorrow)",
    "Fix !urgent": "“Fix !urgent”, left: !urgent (priority high)",
    "Fix !!high": "“Fix !!high”, left: !!high (priority high)",
    "Fix !low!": "“Fix !low!”, left: !low! (priority low)",
    "Wow !": "“Wow !”",
    "Upgrade to 3.12": "“Upgrade to 3.12”",
    "Upgrade to 3.12.1": "“Upgrade to 3.12.1”",
    "Multiply by 2.5": "“Multiply by 2.5”",
    "Pass by ref": "“Pass by ref”",
    "Group by month": "“Group by month”",
    "Report due diligence": "“Report due diligence”",
    "It fails due to timeouts": "“It fails due to timeouts”",
    "March to the sea as you may": "“March to the sea as you may”",
    "Write to <mailto:ada@x.org|ada@x.org>": "“Write to ada@x.org”",
    "Fix <#C01|dev>": "“Fix #dev”",
    "See <https://x.org/a?b=1&amp;c=2>": "“See https://x.org/a?b=1&c=2”",
    "Read <https://x.org/by/2026-12-03|the docs>": "“Read the docs”",
    "Handle a &lt; b &amp;&amp; c &gt; d": "“Handle a < b && c > d”",
    "Say &amp;amp; for an ampersand": "“Say &amp; for an ampersand”",
    "Fix\0 log\x07in": "“Fix login”",
    "Fix :tada: 🎉": "“Fix :tada: 🎉”",
    "إصلاح تسجيل الدخول": "“إصلاح تسجيل الدخول”",
    "\u202eFix login\u202c": "“\u202eFix login\u202c”",
    "t" * 200: f"“{'t' * 200}”",
}
PEOPLE_AND_MARKS: Mapping[str, str] = {
    "Ask <@U02|tom> for the logs": "“Ask @tom for the logs”",
    "<@U02|tom> broke the build": "“@tom broke the build”",
    "Fix login <@U02|tom>": "“Fix login”, for tom",
    "Fix login for <@U02|tom>": "“Fix login”, for tom",
    "Fix login TO <@U02|tom>": "“Fix login”, for tom",
    "Fix login <@U02>": "“Fix login”, for tom",
    "Fix login @me": "“Fix login”, for maya",
    "Fix login for @Me": "“Fix login”, for maya",
    "Fix login <@U02|tom>\u200b": "“Fix login”, for tom",
    "Fix login @me \u200b friday": "“Fix login”, for maya, due Fri 27 Nov 2026",
    "Fix login for me": "“Fix login for me”, left: for me (assign me)",
    "Give it to me.": "“Give it to me.”, left: to me (assign me)",
    "Give it to me <@U02|tom>": "“Give it to me”, for tom",
    "Stand by <@U01|maya>": "“Stand by”, for maya",
    "Fix login due <@U02|tom>": "“Fix login”, for tom",
    "Fix login, <@U02|tom>": "“Fix login”, for tom",
    "Fix login: <@U02|tom>, !high": "“Fix login”, for tom, high",
    "Fix login - <@U02|tom>": "“Fix login”, for tom",
    "Fix login \u2013 !low": "“Fix login”, low",
    "Party :tada: <@U02|tom>": "“Party :tada:”, for tom",
    "Fix login,": "“Fix login,”",
    "by !high": "“by”, high",
    "Sync <@U02|tom> and the others": "“Sync @tom and the others”",
    "Ask <@U02|tom> about <@U03|ada>": "“Ask @tom about”, for ada",
    "Fix login <@U02|tom> <@U02|tom>": "“Fix login”, for tom",
    "Fix login !high": "“Fix login”, high",
    "Fix login !LOW !quiet": "“Fix login”, low, quiet",
    "Fix login !normal": "“Fix login”",
    "Fix login !high !low": "“Fix login”, low",
    "!high Fix login": "“!high Fix login”",
    "Thank <@U02|tom>.": "“Thank @tom.”, left: @tom (assign @tom)",
    "Thank <@U02|tom> <@U03|ada>!": "“Thank @tom @ada!”, left: @ada (assign @ada)",
}
DATES: Mapping[str, str] = {
    "Fix login by friday": "“Fix login”, due Fri 27 Nov 2026",
    "Fix login due by friday": "“Fix login”, due Fri 27 Nov 2026",
    "Fix login DUE Friday 5PM": "“Fix login”, due Fri 27 Nov 2026 17:00",
    "Fix login by tonight": "“Fix login”, due Mon 23 Nov 2026 20:00",
    "Fix login by in 2 hours": "“Fix login”, due Mon 23 Nov 2026 12:00",
    "Fix login due dec 3 at 9:30": "“Fix login”, due Thu 3 Dec 2026 09:30",
    "Fix login by 25/12": "“Fix login”, due Fri 25 Dec 2026",
    "Ship by next friday": "“Ship”, due Fri 4 Dec 2026",
    "Retro friday 5pm": "“Retro”, due Fri 27 Nov 2026 17:00",
    "Retro 2026-12-03 14:30": "“Retro”, due Thu 3 Dec 2026 14:30",
    "What did we do today": "“What did we do”, due Mon 23 Nov 2026",
    "Prepare slides for monday": "“Prepare slides for monday”, due Mon 30 Nov 2026",
    "Book the room until 2026-12-03": "“Book the room until 2026-12-03”, due Thu 3 Dec 2026",
    "Prepare slides for monday <@U02|tom> !high": (
        "“Prepare slides for monday”, for tom, due Mon 30 Nov 2026, high"
    ),
    "Minutes of 2026-11-20": "“Minutes of 2026-11-20”, left: 2026-11-20 (due 2027-11-20)",
    "Call Bob by friday about the invoice": "“Call Bob about the invoice”, due Fri 27 Nov 2026",
    "Call Bob due friday 5pm about it <@U02|tom>": (
        "“Call Bob about it”, for tom, due Fri 27 Nov 2026 17:00"
    ),
    "Raise it by 12/3 by hand": "“Raise it by 12/3 by hand”",
    "Fix login by friday by monday": "“Fix login by friday”, due Mon 30 Nov 2026",
    "Fix login <@U02|tom> on friday": "“Fix login on friday”, for tom, due Fri 27 Nov 2026",
    "Fix login for <@U02|tom> on friday": "“Fix login on friday”, for tom, due Fri 27 Nov 2026",
    "Fix login !high on friday": "“Fix login on friday”, due Fri 27 Nov 2026, high",
    "Fix login !quiet for monday": "“Fix login for monday”, due Mon 30 Nov 2026, quiet",
    "Fix  login @me !low  on  friday !quiet": (
        "“Fix  login on  friday”, for maya, due Fri 27 Nov 2026, low, quiet"
    ),
    "Fix  it  on  friday": "“Fix  it  on  friday”, due Fri 27 Nov 2026",
    "Slides, for monday": "“Slides, for monday”, due Mon 30 Nov 2026",
    "Fix login due on friday": "“Fix login”, due Fri 27 Nov 2026",
    "Fix login by this friday": "“Fix login”, due Fri 27 Nov 2026",
    "Fix login this friday": "“Fix login this friday”, left: this friday (due this friday)",
    "Fix login by day after tomorrow": (
        "“Fix login by day after tomorrow”, left: by day after tomorrow (due in 2 days)"
    ),
    "Pay it due last friday": "“Pay it due last friday”, left: due last friday (due friday)",
    "Fix it by coming friday": "“Fix it by coming friday”, left: by coming friday (due friday)",
    "Plan friday or saturday": "“Plan friday or saturday”, left: saturday (due saturday)",
    "Free monday - friday": "“Free monday - friday”, left: friday (due friday)",
    "Ill since 2026-11-20": "“Ill since 2026-11-20”, left: 2026-11-20 (due 2027-11-20)",
    "Fix it due maybe friday": "“Fix it due maybe friday”, left: due maybe friday (due friday)",
    "Send it by mail tomorrow": "“Send it by mail”, due Tue 24 Nov 2026",
    "Fix it due yesterday": "“Fix it due yesterday”, left: due yesterday (due tomorrow)",
    "Fix it by nov. 30": "“Fix it by nov. 30”, left: by nov. 30 (due nov 30)",
    "Fix it by 2026-12-3": "“Fix it by 2026-12-3”, left: by 2026-12-3 (due 2026-12-03)",
    "Fix it by 30.11.": "“Fix it by 30.11.”, left: 30.11 (due 30/11)",
    "Fix it 3.12.2026": "“Fix it 3.12.2026”, left: 3.12.2026 (due 2026-12-03)",
    "Fix it due tomorow": "“Fix it due tomorow”, left: due tomorow (due tomorrow)",
    "Fix it by tomorow": "“Fix it by tomorow”, left: by tomorow (due tomorrow)",
    "Fix it by end of month": "“Fix it by end of month”, left: by end of month (due tomorrow)",
    "Fix it tomorrow at noon": ("“Fix it tomorrow at noon”, left: tomorrow at noon (due tomorrow)"),
    "Fix it friday morning": "“Fix it friday morning”, left: friday morning (due friday)",
    "Launch it in november": "“Launch it in november”, left: november (due tomorrow)",
    "Fix it (friday)": "“Fix it (friday)”, left: friday (due friday)",
    "Fix it by friday, ok?": ("“Fix it by friday, ok?”, left: by friday, ok (due friday)"),
    "Fix it due:friday": "“Fix it due:friday”, left: due:friday (due friday)",
    "Fix it due asap": "“Fix it due asap”, left: due asap (due tomorrow)",
    "Meet at 9am tomorrow": "“Meet”, due Tue 24 Nov 2026 09:00",
    "Meet 5 pm, friday": "“Meet”, due Fri 27 Nov 2026 17:00",
    "Meet by 17:00 friday": "“Meet”, due Fri 27 Nov 2026 17:00",
    "Meet at 9am on tuesday": "“Meet at 9am on tuesday”, due Tue 24 Nov 2026 09:00",
    "Meet by 9am tuesday about it": "“Meet about it”, due Tue 24 Nov 2026 09:00",
    "Meet at 9am, by tomorrow": "“Meet at 9am”, due Tue 24 Nov 2026",
    "Meet, by friday": "“Meet”, due Fri 27 Nov 2026",
    "Ship by the friday": "“Ship by the friday”, left: by the friday (due friday)",
    "Stop by sat nav shop": "“Stop by sat nav shop”",
    "Tell time by sun dial": "“Tell time by sun dial”",
    "Be there by sat 5pm sharp": "“Be there sharp”, due Sat 28 Nov 2026 17:00",
    "Ship next friday": "“Ship next friday”, left: next friday (due next friday)",
    "Ship in 3 days": "“Ship in 3 days”, left: in 3 days (due in 3 days)",
    "Ship eod": "“Ship eod”, left: eod (due eod)",
    "Fix it 12/3": "“Fix it 12/3”, left: 12/3 (due 2027-03-12)",
    "Fix it feb 30": "“Fix it feb 30”, left: feb 30 (due 2027-03-01)",
    "Fix login by friday.": "“Fix login by friday.”, left: by friday (due friday)",
    "Play in the sun": "“Play in the sun”, left: sun (due sun)",
    "Buy milk sat 5pm": "“Buy milk”, due Sat 28 Nov 2026 17:00",
    "תקן את הדף by tomorrow": "“תקן את הדף”, due Tue 24 Nov 2026",
    f"{'a b c ' * 9}friday<@U02|tom>": (
        f"“{('a b c ' * 9).strip()}”, for tom, due Fri 27 Nov 2026"
    ),
    "Read <https://x.org/2026-12-03> by friday": (
        "“Read https://x.org/2026-12-03”, due Fri 27 Nov 2026"
    ),
}
IN_ALL_ORDERS = "“Fix login”, for maya, due Fri 27 Nov 2026 17:00, high"
ORDERS: Mapping[str, str] = dict.fromkeys(
    (
        "Fix login due friday 5pm !high <@U01|maya>",
        "Fix login due friday 5pm <@U01|maya> !high",
        "Fix login !high due friday 5pm <@U01|maya>",
        "Fix login !high <@U01|maya> due friday 5pm",
        "Fix login <@U01|maya> due friday 5pm !high",
        "Fix login <@U01|maya> !high due friday 5pm",
        "Fix login !high by fri 17:00 for <@U01|maya>",
        "Fix login @me friday 5pm !high",
    ),
    IN_ALL_ORDERS,
)
QUOTED: Mapping[str, str] = {
    '"Plan for friday"': "“Plan for friday”",
    '"Plan for friday" by tomorrow': "“Plan for friday”, due Tue 24 Nov 2026",
    '"Buy milk @me !high"': "“Buy milk @me !high”",
    '"Ask @maya"': "“Ask @maya”",
    '"Ship by friday" <@U02|tom> !low': "“Ship by friday”, for tom, low",
    "\u201cShip by friday\u201d <@U02|tom>": "“Ship by friday”, for tom",
    "«Ship by friday» tomorrow": "“Ship by friday”, due Tue 24 Nov 2026",
    'Say "hi" and "bye"': '“Say "hi" and "bye"”',
    'Rename "by friday" to "later"': '“Rename "by friday" to "later"”',
    'Rename "by friday" to "later" by monday': (
        '“Rename "by friday" to "later"”, due Mon 30 Nov 2026'
    ),
    'Say "for <@U02|tom>"': '“Say "for @tom"”, left: @tom (assign @tom)',
    'Say "do it by friday please" twice': '“Say "do it by friday please" twice”',
    "Print `ship by friday please` in bold": "“Print `ship by friday please` in bold”",
    'Say "hi" by friday to "all"': '“Say "hi" to "all"”, due Fri 27 Nov 2026',
    "\u2764\ufe0f friday": "“\u2764\ufe0f”, due Fri 27 Nov 2026",
    "Fix \u200b it by friday please": "“Fix \u200b it please”, due Fri 27 Nov 2026",
    "Print `by friday` in bold": "“Print `by friday` in bold”",
    "Mend `if a &lt; b &amp;&amp; due friday` by monday": (
        "“Mend `if a < b && due friday`”, due Mon 30 Nov 2026"
    ),
    "It\u2019s late": "“It\u2019s late”",
    "Fix\u00a0login\u00a0by\u00a0friday": "“Fix\u00a0login”, due Fri 27 Nov 2026",
    "Fix\u200b login by fri\u200bday !hi\ufeffgh": "“Fix\u200b login”, due Fri 27 Nov 2026, high",
}
NOTES: Mapping[str, str] = {
    "Fix login\nSee the logs\nand ask": "“Fix login”, notes “See the logs / and ask”",
    "Fix login !high\nby friday <@U02|tom>": "“Fix login”, notes “by friday @tom”, high",
    "\n\nFix login\n\nSee the logs\n": "“Fix login”, notes “See the logs”",
    "t" * 201: f"“{'t' * 200}”, notes “t”, cut",
    "t" * 999: f"“{'t' * 200}”, notes “{'t' * 799}”, cut",
    f"{'word ' * 41}!high\nmore": (f"“{('word ' * 40).strip()}”, notes “word / more”, high, cut"),
}
REFUSED: Mapping[str, str] = {
    "": "refused: no title",
    "tomorrow": "refused: no title",
    "due by friday": "refused: no title",
    "<@U02|tom> !high": "refused: no title",
    '""': "refused: no title",
    "\u200b\u200d by friday": "refused: no title",
    "\u3164 \ufe0f\u2800 \U000e0041 @me": "refused: no title",
    "Fix login 2025-12-03": "refused: 2025-12-03 is past, 2026-12-03 is not",
    "Fix login by 9:00 !high": "refused: 9:00 is past, tomorrow 09:00 is not",
    "Increase by 1/2": "refused: 1/2 is 2027-02-01 or 2027-01-02",
    "Fix it due 12/3 <@U02|tom>": "refused: 12/3 is 2027-03-12 or 2026-12-03",
    "Fix it by 30 Feb": "refused: 30 Feb never is, 2027-03-01 is",
    "Fix login @maya": "refused: who is @maya",
    "Fix login @maya by friday": "refused: who is @maya",
    "Fix login <!here>": "refused: who is @here",
    "Fix login <@U02|tom> <@U03|ada>": "refused: tom or ada",
    "Fix login <@U02|tom> friday @me": "refused: tom or me",
    "Fix login for <@U02|tom> and <@U03|ada>": "refused: tom or ada",
    "Fix login <@U02|tom>, <@U03|ada>": "refused: tom or ada",
    "Fix login <@U02|tom> &amp; @me !high": "refused: tom or me",
    "Fix login <@U02|tom> + <@U03|ada> on friday": "refused: tom or ada",
    "Fix login <@U02|tom>, and <@U03|ada>": "refused: tom or ada",
    "Meet at 9am today": "refused: at 9am today is past, tomorrow 09:00 is not",
    "n" * 3_201: "refused: 3001 characters of notes",
    "Fix login\n" + "n" * 3_001: "refused: 3001 characters of notes",
    "a" * 20_001: "refused: 20001 characters of text",
}
ALL = {**TITLES, **PEOPLE_AND_MARKS, **DATES, **ORDERS, **QUOTED, **NOTES, **REFUSED}


@pytest.mark.parametrize(("typed", "meant"), ALL.items(), ids=range(len(ALL)))
def test_a_line_is_read_as_the_table_says(typed: str, meant: str) -> None:
    assert what_is_read(typed) == meant


@pytest.mark.parametrize("typed", [*ORDERS, *DATES])
def test_due_words_are_read_on_the_clock_of_who_types(typed: str) -> None:
    here = read_new_task(typed, MAYA, MONDAY).new.due
    there = read_new_task(typed, MAYA, MONDAY.replace(tzinfo=ZoneInfo("Asia/Kolkata"))).new.due
    if isinstance(here, DueAt) and "hours" not in typed:
        assert isinstance(there, DueAt)
        assert (here.at - there.at).total_seconds() == 4.5 * 3600
    elif not isinstance(here, DueAt):
        assert here == there


def what_is_read(typed: str) -> str:
    try:
        return in_words(read_new_task(typed, MAYA, MONDAY))
    except ReadingError as error:
        return f"refused: {why(error)}"


def in_words(read: ReadTask) -> str:
    new = read.new
    said = [
        f"“{new.title}”",
        f"notes “{' / '.join(new.notes.splitlines())}”" if new.notes else "",
        f"for {PEOPLE[new.assignee_id]}" if new.assignee_id else "",
        f"due {day_and_time(new.due)}" if new.due else "",
        new.priority if new.priority is not Priority.NORMAL else "",
        "quiet" if new.quiet else "",
        "cut" if read.title_was_cut else "",
    ]
    if read.left:
        said.append(f"left: {read.left.words} ({read.left.verb} {read.left.example})")
    return ", ".join(part for part in said if part)


def day_and_time(due: Due) -> str:
    if isinstance(due, DueAt):
        local = due.at.astimezone(MONDAY.tzinfo)
        return f"{local:%a} {local.day} {local:%b %Y %H:%M}"
    return f"{due.day:%a} {due.day.day} {due.day:%b %Y}"


def why(error: ReadingError) -> str:
    match error:
        case NoTitle():
            return "no title"
        case PastDue():
            return f"{error.words} is past, {error.instead} is not"
        case AmbiguousDate():
            return f"{error.words} is {' or '.join(error.readings)}"
        case NoSuchDate():
            return f"{error.words} never is, {error.instead} is"
        case PersonNotPicked():
            return f"who is {error.name}"
        case SeveralPeople():
            return " or ".join(error.names)
        case TooLong():
            return f"{error.length} characters of {error.what}"
        case _:
            return repr(error)
