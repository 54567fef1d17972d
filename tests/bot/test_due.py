"""Due words mean what the table says, on every clock; what cannot be meant has words instead."""

import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.reading.due import (
    WORDS_MAX,
    bare_ending,
    longest_run,
    looks_like_due,
    meant_as_due,
    read_due,
    without_marks,
    write_due,
)
from bot.reading.errors import AmbiguousDate, NoSuchDate, PastDue, ReadingError
from store import Due, DueAt, DueDay

BERLIN, LOS_ANGELES, KOLKATA = "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"
UNREAD = "no due date"

# What a phrase means at a local time: a day, a local time, or the refusal with words instead.
TABLE: dict[str, dict[str, str]] = {
    "Wed 2026-11-25 12:00": {
        # days by name
        "today": "2026-11-25",
        "tomorrow": "2026-11-26",
        "mon": "2026-11-30",
        "monday": "2026-11-30",
        "tue": "2026-12-01",
        "tues": "2026-12-01",
        "tuesday": "2026-12-01",
        "wed": "2026-12-02",
        "wednesday": "2026-12-02",
        "thu": "2026-11-26",
        "thur": "2026-11-26",
        "thurs": "2026-11-26",
        "thursday": "2026-11-26",
        "fri": "2026-11-27",
        "friday": "2026-11-27",
        "sat": "2026-11-28",
        "saturday": "2026-11-28",
        "sun": "2026-11-29",
        "sunday": "2026-11-29",
        "this friday": "2026-11-27",
        "this wed": "2026-12-02",
        "this sun 5pm": "2026-11-29 17:00",
        "next week": "2026-11-30",
        "next monday": "2026-11-30",
        "next wed": "2026-12-02",
        "next friday": "2026-12-04",
        "next sun": "2026-12-06",
        "eow": "2026-11-27",
        # counted from now
        "in 1 day": "2026-11-26",
        "in 3 days": "2026-11-28",
        "in 03 days": "2026-11-28",
        "in 1 week": "2026-12-02",
        "in 2 weeks": "2026-12-09",
        "in 365 days": "2027-11-25",
        "in 99999 days": "2300-09-09",
        "in 1 minute": "2026-11-25 12:01",
        "in 30 min": "2026-11-25 12:30",
        "in 30 mins": "2026-11-25 12:30",
        "in 90 minutes": "2026-11-25 13:30",
        "in 1 hour": "2026-11-25 13:00",
        "in 2 hours": "2026-11-25 14:00",
        "in 48 hours": "2026-11-27 12:00",
        # dates
        "2026-12-03": "2026-12-03",
        "2026-11-25": "2026-11-25",
        "9998-12-31": "9998-12-31",
        "dec 3": "2026-12-03",
        "3 dec": "2026-12-03",
        "december 3": "2026-12-03",
        "3 december": "2026-12-03",
        "03 dec": "2026-12-03",
        "dec 1st": "2026-12-01",
        "2nd dec": "2026-12-02",
        "3rd december": "2026-12-03",
        "dec 4th": "2026-12-04",
        "11th dec": "2026-12-11",
        "dec 12th": "2026-12-12",
        "13th december": "2026-12-13",
        "dec 21st": "2026-12-21",
        "22nd dec": "2026-12-22",
        "dec 23rd": "2026-12-23",
        "nov 25": "2026-11-25",
        "nov 26": "2026-11-26",
        "jan 5": "2027-01-05",
        "1 feb": "2027-02-01",
        "march 31": "2027-03-31",
        "30 april": "2027-04-30",
        "3 dec 2026": "2026-12-03",
        "dec 3 2026": "2026-12-03",
        "dec 3, 2026": "2026-12-03",
        "3rd december 2027": "2027-12-03",
        "29 feb 2028": "2028-02-29",
        "1 sept 2027": "2027-09-01",
        "sep 30 2027": "2027-09-30",
        "25/12": "2026-12-25",
        "12/25": "2026-12-25",
        "12/12": "2026-12-12",
        "03/03": "2027-03-03",
        "31/1": "2027-01-31",
        # a weekday before a date
        "fri 27 nov": "2026-11-27",
        "friday, nov 27 2026": "2026-11-27",
        "fri 2026-11-27": "2026-11-27",
        "fri, 25/12": "2026-12-25",
        "wed nov 25": "2026-11-25",
        # times
        "5pm": "2026-11-25 17:00",
        "5 pm": "2026-11-25 17:00",
        "at 5pm": "2026-11-25 17:00",
        "5:30pm": "2026-11-25 17:30",
        "5:30 pm": "2026-11-25 17:30",
        "05:30pm": "2026-11-25 17:30",
        "10pm": "2026-11-25 22:00",
        "11:59pm": "2026-11-25 23:59",
        "17:00": "2026-11-25 17:00",
        "at 17:05": "2026-11-25 17:05",
        "12:01": "2026-11-25 12:01",
        "12:01pm": "2026-11-25 12:01",
        "23:59": "2026-11-25 23:59",
        "tonight": "2026-11-25 20:00",
        "tonight 21:00": "2026-11-25 21:00",
        "tonight at 9pm": "2026-11-25 21:00",
        "tonight, 9 pm": "2026-11-25 21:00",
        "eod": "2026-11-25 18:00",
        "today at 5 pm": "2026-11-25 17:00",
        "tomorrow 9:05": "2026-11-26 09:05",
        "tomorrow 12am": "2026-11-26 00:00",
        "tomorrow 12pm": "2026-11-26 12:00",
        "tomorrow 12:30am": "2026-11-26 00:30",
        "tomorrow at 00:00": "2026-11-26 00:00",
        "fri 5pm": "2026-11-27 17:00",
        "friday 17:00": "2026-11-27 17:00",
        "friday at 5pm": "2026-11-27 17:00",
        "friday, 5pm": "2026-11-27 17:00",
        "friday, at 5 pm": "2026-11-27 17:00",
        "next friday 11am": "2026-12-04 11:00",
        "next week at 9:00": "2026-11-30 09:00",
        "eow 17:00": "2026-11-27 17:00",
        "in 3 days at 5pm": "2026-11-28 17:00",
        "in 2 weeks, 1pm": "2026-12-09 13:00",
        "dec 3 5pm": "2026-12-03 17:00",
        "3 dec 5 pm": "2026-12-03 17:00",
        "dec 3, 17:00": "2026-12-03 17:00",
        "dec 3, 2026, 5pm": "2026-12-03 17:00",
        "2026-12-03 14:30": "2026-12-03 14:30",
        "25/12 9am": "2026-12-25 09:00",
        "5pm friday": "2026-11-27 17:00",
        "5 pm, friday": "2026-11-27 17:00",
        "5 pm dec 3": "2026-12-03 17:00",
        "at 9am tomorrow": "2026-11-26 09:00",
        "at 17:00 on next friday": "2026-12-04 17:00",
        "at 9am today": "past, rather tomorrow 09:00",
        "thu dec 3rd at 5 pm": "2026-12-03 17:00",
        "fri 3 dec 2027 at 5 pm": "2027-12-03 17:00",
        # the past
        "12:00": "past, rather tomorrow 12:00",
        "12pm": "past, rather tomorrow 12:00",
        "12am": "past, rather tomorrow 00:00",
        "at 9am": "past, rather tomorrow 09:00",
        "today 11:59": "past, rather tomorrow 11:59",
        "tonight 11:00": "past, rather tomorrow 11:00",
        "nov 25 11am": "past, rather tomorrow 11:00",
        "2026-11-25 11:00": "past, rather tomorrow 11:00",
        "2026-11-24": "past, rather 2027-11-24",
        "2025-12-03": "past, rather 2026-12-03",
        "2025-11-25": "past, rather 2026-11-25",
        "2025-11-25 9am": "past, rather 2027-11-25 09:00",
        "2025-11-25 1pm": "past, rather 2026-11-25 13:00",
        "2024-02-29": "past, rather 2028-02-29",
        "1970-01-01": "past, rather 2027-01-01",
        "1999-12-31": "past, rather 2026-12-31",
        "3 dec 2020 14:30": "past, rather 2026-12-03 14:30",
        "nov 20": "past, rather 2027-11-20",
        "nov 24, 5pm": "past, rather 2027-11-24 17:00",
        "20/11": "past, rather 2027-11-20",
        "fri 20 nov": "past, rather 2027-11-20",
        "may 27": "past, rather 2027-05-27",  # 182 days ago
        "may 27 9am": "past, rather 2027-05-27 09:00",
        "may 26": "2027-05-26",  # 183 days ago
        # either of two days
        "12/3": "either 2027-03-12 or 2026-12-03",
        "12/3 5pm": "either 2027-03-12 17:00 or 2026-12-03 17:00",
        "1/2": "either 2027-02-01 or 2027-01-02",
        "11/12": "either 2026-12-11 or 2027-11-12",
        "thu 12/3": "either 2027-03-12 or 2026-12-03",
        "fri 28 nov": "either 2026-11-27 or 2026-11-28",
        "sun, nov 28 2026": "either 2026-11-29 or 2026-11-28",
        "fri 2026-11-28 5pm": "either 2026-11-27 17:00 or 2026-11-28 17:00",
        "thu 25 nov": "either 2026-11-26 or 2026-11-25",
        "tue 25 nov": "either 2026-12-01 or 2026-11-25",
        "wed 26 nov": "either 2026-11-25 or 2026-11-26",
        "wed 26 nov 11am": "either 2026-12-02 11:00 or 2026-11-26 11:00",
        "mon jan 5": "either 2027-01-04 or 2027-01-05",
        "mon 9998-12-31": "either 9998-12-28 or 9998-12-31",
        "thu 9998-12-30": "either 9998-12-31 or 9998-12-30",
        "sun 9998-12-31": "either 9998-12-27 or 9998-12-31",
        # days that no calendar has
        "feb 30": "no such day, rather 2027-03-01",
        "30 feb 5pm": "no such day, rather 2027-03-01 17:00",
        "31 apr": "no such day, rather 2027-05-01",
        "2026-02-30": "no such day, rather 2027-03-01",
        "2030-02-30": "no such day, rather 2030-03-01",
        "2020-06-31": "no such day, rather 2027-07-01",
        "31 nov": "no such day, rather 2026-12-01",
        "31/11": "no such day, rather 2026-12-01",
        "2/30": "no such day, rather 2027-03-01",
        "wed 31 nov": "no such day, rather 2026-12-01",
        "29 feb": "no such day, rather 2028-02-29",
        "2/29 9:00": "no such day, rather 2028-02-29 09:00",
        "29 feb 2027": "no such day, rather 2027-03-01",
        "9998-02-29": "no such day, rather 9998-03-01",
        # no due dates
        "5": UNREAD,
        "at 5": UNREAD,
        "at": UNREAD,
        "pm": UNREAD,
        "24:00": UNREAD,
        "13pm": UNREAD,
        "0am": UNREAD,
        "5:60": UNREAD,
        "5:3pm": UNREAD,
        "17:00 pm": UNREAD,
        "1 2pm": UNREAD,
        "at at 5pm": UNREAD,
        ", 5pm": UNREAD,
        "friday 5": UNREAD,
        "friday,": UNREAD,
        "friday,, 5pm": UNREAD,
        "friday 5pm,": UNREAD,
        "friday friday": UNREAD,
        "5pm 5pm": UNREAD,
        "5pm on": UNREAD,
        "5pm friday 6pm": UNREAD,
        "this": UNREAD,
        "this week": UNREAD,
        "this tomorrow": UNREAD,
        "eod 5pm": UNREAD,
        "in 2 hours 5pm": UNREAD,
        "in 0 days": UNREAD,
        "in 0 hours": UNREAD,
        "in 100000 days": UNREAD,
        "in 000001 days": UNREAD,
        "in -1 days": UNREAD,
        "in three days": UNREAD,
        "in 3 months": UNREAD,
        "in 3": UNREAD,
        "in 3 dec": UNREAD,
        "next": UNREAD,
        "next tomorrow": UNREAD,
        "next month": UNREAD,
        "next friday 27 nov": UNREAD,
        "dec": UNREAD,
        "dec 0": UNREAD,
        "dec 32": UNREAD,
        "dec 3th": UNREAD,
        "dec, 3": UNREAD,
        "dec 3 26": UNREAD,
        "dec 3 1969": UNREAD,
        "dec 3 9999": UNREAD,
        "3 dec 20260": UNREAD,
        "2026-13-01": UNREAD,
        "2026-00-01": UNREAD,
        "2026-01-00": UNREAD,
        "2026-12-32": UNREAD,
        "2026-12-3": UNREAD,
        "2026-12-031": UNREAD,
        "1969-12-31": UNREAD,
        "9999-12-31": UNREAD,
        "13/13": UNREAD,
        "0/5": UNREAD,
        "5/": UNREAD,
        "1/2/3": UNREAD,
        "3rd/12": UNREAD,
        "2026/12/03": UNREAD,
        "fri today": UNREAD,
        "dec ²": UNREAD,
        "in ٣ days": UNREAD,
        "٢٠٢٦-١٢-٠٣": UNREAD,
        "asap": UNREAD,
        "": UNREAD,
    },
    "Fri 2026-11-27 18:00": {
        "friday": "2026-12-04",
        "friday 5pm": "2026-12-04 17:00",
        "saturday 5pm": "2026-11-28 17:00",
        "next friday": "2026-12-04",
        "fri 27 nov": "2026-11-27",
        "next week": "2026-11-30",
        "eow": "2026-11-27",
        "eow 19:00": "2026-11-27 19:00",
        "eow 17:00": "past, rather next friday 17:00",
        "eod": "past, rather tomorrow 18:00",
        "5pm": "past, rather tomorrow 17:00",
        "today 5pm": "past, rather tomorrow 17:00",
        "fri 20 nov 2026": "past, rather 2027-11-20",
        "thu 27 nov": "either 2026-12-03 or 2026-11-27",
    },
    "Sat 2026-11-28 21:00": {
        "tonight": "past, rather tomorrow 20:00",
        "tonight 21:00": "past, rather tomorrow 21:00",
        "tonight 21:01": "2026-11-28 21:01",
        "eow": "past, rather next friday",
        "eow 17:00": "past, rather next friday 17:00",
        "next friday": "2026-12-04",
        "saturday": "2026-12-05",
        "next saturday": "2026-12-05",
        "sunday": "2026-11-29",
    },
    "Sun 2026-11-22 19:00": {
        "monday": "2026-11-23",
        "next monday": "2026-11-23",
        "next week": "2026-11-23",
        "next sunday": "2026-11-29",
        "sunday": "2026-11-29",
        "eow": "past, rather next friday",
        "eod": "past, rather tomorrow 18:00",
        "nov 20": "past, rather 2027-11-20",
        "jan 5": "2027-01-05",
    },
    "Mon 2026-11-23 00:00": {
        "today": "2026-11-23",
        "monday": "2026-11-30",
        "next monday": "2026-11-30",
        "next week": "2026-11-30",
        "eow": "2026-11-27",
        "sunday": "2026-11-29",
        "00:00": "past, rather tomorrow 00:00",
        "00:01": "2026-11-23 00:01",
        "12am": "past, rather tomorrow 00:00",
        "in 24 hours": "2026-11-24 00:00",
        "22/11": "past, rather 2027-11-22",
    },
    "Tue 2026-11-24 09:00:30": {
        "9:00": "past, rather tomorrow 09:00",
        "9:01": "2026-11-24 09:01",
        "in 30 minutes": "2026-11-24 09:31",
        "in 1 hour": "2026-11-24 10:01",
    },
    "Tue 2026-12-01 12:00": {
        "1/12": "either 2026-12-01 or 2027-01-12",
        "1/12 11am": "either 2027-12-01 11:00 or 2027-01-12 11:00",
    },
    "Thu 2026-12-31 23:59": {
        "today": "2026-12-31",
        "tomorrow": "2027-01-01",
        "in 1 minute": "2027-01-01 00:00",
        "friday": "2027-01-01",
        "next friday": "2027-01-08",
        "eow": "2027-01-01",
        "dec 31": "2026-12-31",
        "jan 1": "2027-01-01",
        "dec 31 5pm": "past, rather tomorrow 17:00",
        "jan 1 5pm": "2027-01-01 17:00",
        "23:59": "past, rather tomorrow 23:59",
        "dec 30": "past, rather 2027-12-30",
        "12/31": "2026-12-31",
        "31 feb 5pm": "no such day, rather 2027-03-01 17:00",
        "29 feb 5pm": "no such day, rather 2028-02-29 17:00",
    },
    "Fri 2027-01-01 00:00": {
        "today": "2027-01-01",
        "jan 1": "2027-01-01",
        "dec 31": "2027-12-31",
        "2026-12-31": "past, rather 2027-12-31",
        "29 feb": "2028-02-29",
        "feb 29 2027": "no such day, rather 2027-03-01",
        "30 feb": "no such day, rather 2027-03-01",
    },
    "Mon 2027-03-01 18:00": {
        "30 feb": "no such day, rather 2027-03-01",
        "30 feb 5pm": "no such day, rather 2028-03-01 17:00",
        "29 feb": "2028-02-29",
    },
    "Mon 2028-02-28 12:00": {
        "tomorrow": "2028-02-29",
        "29 feb": "2028-02-29",
        "in 2 days": "2028-03-01",
        "2028-02-29": "2028-02-29",
        "tue 29 feb": "2028-02-29",
        "30 feb": "no such day, rather 2028-03-01",
    },
    "Tue 2028-02-29 12:00": {
        "29 feb": "2028-02-29",
        "29 feb 11:00": "past, rather tomorrow 11:00",
        "in 365 days": "2029-02-28",
        "feb 28": "past, rather 2029-02-28",
    },
    "Wed 2028-03-01 12:00": {
        "29 feb": "past, rather 2032-02-29",
        "2028-02-29": "past, rather 2032-02-29",
    },
    "Thu 2028-08-31 12:00": {
        "29 feb": "no such day, rather 2032-02-29",  # 184 days ago
        "28 feb": "2029-02-28",
    },
    "Tue 2096-11-20 12:00": {
        "29 feb": "no such day, rather 2104-02-29",
        "2096-02-29": "past, rather 2104-02-29",
    },
}

# Where the clock makes the difference: the zone, the moment of asking, and what is meant then.
CLOCKS: dict[tuple[str, str], dict[str, str]] = {
    (BERLIN, "2026-03-28 12:00+01:00"): {  # the day before the clocks go forward
        "tomorrow": "2026-03-29",
        "tomorrow 01:59": "2026-03-29 01:59+01:00",
        "tomorrow 2am": "2026-03-29 03:00+02:00",
        "tomorrow 02:30": "2026-03-29 03:30+02:00",
        "tomorrow 03:00": "2026-03-29 03:00+02:00",
        "in 24 hours": "2026-03-29 13:00+02:00",
        "in 14 hours": "2026-03-29 03:00+02:00",
        "in 1 day": "2026-03-29",
        "in 1 day at 12:00": "2026-03-29 12:00+02:00",
    },
    (BERLIN, "2026-03-29 01:59+01:00"): {
        "02:30": "2026-03-29 03:30+02:00",
        "in 1 minute": "2026-03-29 03:00+02:00",
        "tonight": "2026-03-29 20:00+02:00",
    },
    (BERLIN, "2026-03-29 03:15+02:00"): {"02:30": "2026-03-29 03:30+02:00"},
    (BERLIN, "2026-03-29 03:30+02:00"): {"02:30": "past, rather tomorrow 02:30"},
    (BERLIN, "2026-10-24 12:00+02:00"): {  # the day before they go back
        "tomorrow 02:30": "2026-10-25 02:30+02:00",
        "tomorrow 3am": "2026-10-25 03:00+01:00",
        "in 24 hours": "2026-10-25 11:00+01:00",
        "in 1 day": "2026-10-25",
        "in 1 day at 12:00": "2026-10-25 12:00+01:00",
    },
    (BERLIN, "2026-10-25 02:10+02:00"): {"02:30": "2026-10-25 02:30+02:00"},
    (BERLIN, "2026-10-25 02:45+02:00"): {
        "02:30": "past, rather tomorrow 02:30",
        "in 30 minutes": "2026-10-25 02:15+01:00",
    },
    (BERLIN, "2026-10-25 02:10+01:00"): {
        "02:30": "past, rather tomorrow 02:30",
        "03:00": "2026-10-25 03:00+01:00",
    },
    (LOS_ANGELES, "2026-03-07 12:00-08:00"): {
        "tomorrow 2:30am": "2026-03-08 03:30-07:00",
        "tomorrow 01:30": "2026-03-08 01:30-08:00",
        "in 24 hours": "2026-03-08 13:00-07:00",
        "in 1 day": "2026-03-08",
    },
    (LOS_ANGELES, "2026-03-08 00:30-08:00"): {
        "2:30": "2026-03-08 03:30-07:00",
        "in 2 hours": "2026-03-08 03:30-07:00",
        "eod": "2026-03-08 18:00-07:00",
    },
    (LOS_ANGELES, "2026-10-31 12:00-07:00"): {
        "tomorrow 01:30": "2026-11-01 01:30-07:00",
        "tomorrow 02:30": "2026-11-01 02:30-08:00",
        "in 24 hours": "2026-11-01 11:00-08:00",
        "in 1 day": "2026-11-01",
    },
    (LOS_ANGELES, "2026-11-01 01:20-07:00"): {
        "01:30": "2026-11-01 01:30-07:00",
        "in 1 hour": "2026-11-01 01:20-08:00",
    },
    (LOS_ANGELES, "2026-11-01 01:20-08:00"): {
        "01:30": "past, rather tomorrow 01:30",
        "2am": "2026-11-01 02:00-08:00",
    },
    (LOS_ANGELES, "2026-11-25 20:00-08:00"): {  # the 26th in UTC
        "today": "2026-11-25",
        "tomorrow": "2026-11-26",
        "thursday": "2026-11-26",
        "nov 25": "2026-11-25",
        "eod": "past, rather tomorrow 18:00",
        "9pm": "2026-11-25 21:00-08:00",
    },
    (LOS_ANGELES, "2026-11-22 23:30-08:00"): {  # Monday in UTC
        "monday": "2026-11-23",
        "next week": "2026-11-23",
        "eow": "past, rather next friday",
    },
    (LOS_ANGELES, "2026-12-31 20:00-08:00"): {  # the next year in UTC
        "dec 31": "2026-12-31",
        "jan 1": "2027-01-01",
        "30 dec": "past, rather 2027-12-30",
    },
    (KOLKATA, "2026-11-26 02:00+05:30"): {  # the 25th in UTC
        "today": "2026-11-26",
        "tomorrow": "2026-11-27",
        "thursday": "2026-12-03",
        "nov 25": "past, rather 2027-11-25",
        "1:30": "past, rather tomorrow 01:30",
        "17:00": "2026-11-26 17:00+05:30",
    },
    (KOLKATA, "2026-11-23 00:10+05:30"): {  # Sunday in UTC
        "monday": "2026-11-30",
        "next week": "2026-11-30",
        "eow": "2026-11-27",
    },
    ("Australia/Lord_Howe", "2026-10-03 12:00+10:30"): {  # here the clocks move by half an hour
        "tomorrow 02:10": "2026-10-04 02:40+11:00",
        "in 24 hours": "2026-10-04 12:30+11:00",
    },
    ("Africa/Cairo", "2026-04-23 12:00+02:00"): {  # the next day has no midnight
        "tomorrow 12am": "2026-04-24 01:00+03:00",
        "tomorrow": "2026-04-24",
    },
}


def outcome(words: Sequence[str], now: datetime, *, offset: bool = False) -> str:
    """What is read or refused, as the tables write it."""
    try:
        due = read_due(words, now)
    except ReadingError as refused:
        return refusal(refused, " ".join(words))
    match due:
        case None:
            return UNREAD
        case DueDay(day=day):
            return day.isoformat()
        case DueAt(at=at):
            assert at.tzinfo is UTC
            local = at.astimezone(now.tzinfo)
            shown = local if offset else local.replace(tzinfo=None)
            return shown.isoformat(" ", "minutes")


def refusal(refused: ReadingError, words: str) -> str:
    assert isinstance(refused, PastDue | AmbiguousDate | NoSuchDate)
    assert refused.words == words
    if isinstance(refused, AmbiguousDate):
        return "either {} or {}".format(*refused.readings)
    why = "past" if isinstance(refused, PastDue) else "no such day"
    return f"{why}, rather {refused.instead}"


def local_now(written: str, zone: str) -> datetime:
    weekday, _, moment = written.partition(" ")
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    assert f"{now:%a}" == weekday
    return now


@pytest.mark.parametrize("zone", [BERLIN, LOS_ANGELES, KOLKATA])
@pytest.mark.parametrize(
    ("now", "phrase", "meant"),
    [(now, phrase, meant) for now, rows in TABLE.items() for phrase, meant in rows.items()],
)
def test_due_words_mean_the_same_on_every_clock(
    now: str, phrase: str, meant: str, zone: str
) -> None:
    assert outcome(phrase.split(), local_now(now, zone)) == meant


@pytest.mark.parametrize(
    ("zone", "now", "phrase", "meant"),
    [(*where, phrase, meant) for where, rows in CLOCKS.items() for phrase, meant in rows.items()],
)
def test_due_words_follow_the_clock_of_who_asks(
    zone: str, now: str, phrase: str, meant: str
) -> None:
    asked = datetime.fromisoformat(now).astimezone(ZoneInfo(zone))
    assert asked.isoformat(" ", "minutes") == now
    assert outcome(phrase.split(), asked, offset=True) == meant


NOON = local_now("Wed 2026-11-25 12:00", BERLIN)


@pytest.mark.parametrize(
    ("phrase", "count"),
    [
        ("friday", 1),
        ("friday and then rest", 1),
        ("friday 5 minutes of fame", 1),
        ("friday 5 pm minutes", 3),
        ("friday dec 4, maybe", 1),
        ("fri 3 dec 2027 at 5 pm", 7),
        ("fri 3 dec 2027 at 5 pm sharp", 7),
        ("dec 3 2026 is late", 3),
        ("dec 3 1815 words", 2),
        ("in 3 days at noon", 3),
        ("at 5pm at home", 2),
        ("2026-12-03 14:30 14:31", 2),
        ("tomorrow tomorrow", 1),
        ("maya friday", 0),
        ("friday, please", 0),
        ("next door", 0),
        ("in 3 months", 0),
        ("3 bugs", 0),
        ("", 0),
    ],
)
def test_the_longest_run_is_what_its_words_alone_would_be(phrase: str, count: int) -> None:
    words = phrase.split()
    due = read_due(words[:count], NOON)
    assert longest_run(words, NOON) == ((count, due) if due else None)
    assert (due is None) == (count == 0)


@pytest.mark.parametrize(
    ("phrase", "run", "refused"),
    [
        ("nov 20 2026 was nice", "nov 20 2026", "past, rather 2027-11-20"),
        ("12/3 11am or later", "12/3 11am", "either 2027-03-12 11:00 or 2026-12-03 11:00"),
        ("31 nov at home", "31 nov", "no such day, rather 2026-12-01"),
    ],
)
def test_a_run_that_is_refused_is_refused_with_its_words_only(
    phrase: str, run: str, refused: str
) -> None:
    with pytest.raises(ReadingError) as raised:
        longest_run(phrase.split(), NOON)
    assert refusal(raised.value, run) == refused


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("fix login today", "today"),
        ("fix login tomorrow", "tomorrow"),
        ("fix login tomorrow at 9:30", "tomorrow at 9:30"),
        ("fix login friday", "friday"),
        ("fix login fri", "fri"),
        ("fix login on friday, 5 pm", "friday, 5 pm"),
        ("fix login friday 5pm", "friday 5pm"),
        ("fix login 2026-12-03", "2026-12-03"),
        ("fix login 2026-12-03 14:30", "2026-12-03 14:30"),
        ("fix login fri, 2026-11-27", "fri, 2026-11-27"),
        ("friday", "friday"),
        ("call jan 5 today", "today"),
        ("count to 12 friday", "friday"),
        ("look at the sun", ""),
        ("buy the book that sat", ""),
        ("those who wed", ""),
        ("look at the sun 5pm", "sun 5pm"),
        ("sat at 9:00", "sat at 9:00"),
        ("they wed 5 pm", "wed 5 pm"),
        ("come sunday", "sunday"),
        ("meet at 9am tomorrow", "at 9am tomorrow"),
        ("meet 5 pm friday", "5 pm friday"),
        ("send it by mail tomorrow", "tomorrow"),
        ("it fails due to rain tomorrow", "tomorrow"),
        # where the words before it say another day, or several
        *((f"fix login {word} friday", "") for word in ("last", "this", "coming", "after")),
        *((f"fix login {word} friday", "") for word in ("or", "and", "since", "every", "-")),
        ("by day after tomorrow", ""),
        ("due maybe friday", ""),
        ("by end friday", ""),
        # what needs a word before it
        ("fix login tonight", ""),
        ("fix login eod", ""),
        ("fix login at 5pm", ""),
        ("fix login 17:00", ""),
        ("fix login dec 3", ""),
        ("fix login fri 27 nov", ""),
        ("fix login 25/12", ""),
        ("fix login in 3 days", ""),
        # and what a bare day would be torn out of
        ("fix login next friday", ""),
        ("fix login next friday 5pm", ""),
        ("fix login friday please", ""),
        ("fix login", ""),
        ("", ""),
    ],
)
def test_at_the_end_of_a_line_only_plain_days_are_due_words_by_themselves(
    line: str, taken: str
) -> None:
    words = taken.split()
    due = read_due(words, NOON)
    assert bare_ending(line.split(), NOON) == ((len(words), due) if due else None)
    assert (due is None) == (not taken)


@pytest.mark.parametrize(
    ("ending", "refused"),
    [
        ("today 9am", "past, rather tomorrow 09:00"),
        ("2025-12-03", "past, rather 2026-12-03"),
        ("2026-11-31 5pm", "no such day, rather 2026-12-01 17:00"),
        ("mon 2026-11-27", "either 2026-11-30 or 2026-11-27"),
    ],
)
def test_a_bare_ending_can_be_refused_as_any_other(ending: str, refused: str) -> None:
    with pytest.raises(ReadingError) as raised:
        bare_ending(["fix", "login", *ending.split()], NOON)
    assert refusal(raised.value, ending) == refused


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("fix login next friday", "next friday"),
        ("fix login 5pm", "5pm"),
        ("fix login at 5 pm", "at 5 pm"),
        ("fix login 3rd december", "3rd december"),
        ("fix login eod", "eod"),
        ("fix login tonight", "tonight"),
        ("fix login in 2 hours", "in 2 hours"),
        ("fix login 12/3", "12/3"),
        ("fix login 2020-01-01", "2020-01-01"),
        ("fix login 31 nov", "31 nov"),
        ("fix login fri 3 dec 2027 at 5 pm", "fri 3 dec 2027 at 5 pm"),
        ("look at the sun", "sun"),
        ("fix login asap", ""),
        ("fix login in 3", ""),
        ("fix login friday,", ""),
        ("fix login", ""),
        ("", ""),
    ],
)
def test_words_that_were_perhaps_meant_as_a_due_date_are_noticed(line: str, left: str) -> None:
    assert looks_like_due(line.split()) == len(left.split())


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (DueDay(date(2026, 11, 25)), "today"),
        (DueDay(date(2026, 11, 26)), "tomorrow"),
        (DueDay(date(2026, 11, 27)), "2026-11-27"),
        (DueDay(date(2026, 11, 24)), "2026-11-24"),
        (DueAt(datetime(2026, 11, 25, 19, tzinfo=UTC)), "today 20:00"),
        (DueAt(datetime(2026, 11, 26, 19, tzinfo=UTC)), "tomorrow 20:00"),
        (DueAt(datetime(2026, 11, 25, 23, 5, tzinfo=UTC)), "tomorrow 00:05"),
        (DueAt(datetime(2026, 12, 3, 13, 30, tzinfo=UTC)), "2026-12-03 14:30"),
        (DueAt(datetime(2027, 7, 1, 13, 30, tzinfo=UTC)), "2027-07-01 15:30"),
        (DueAt(datetime(2027, 10, 31, 0, 30, tzinfo=UTC)), "2027-10-31 02:30"),
        (DueAt(datetime(2027, 10, 31, 1, 30, tzinfo=UTC)), "2027-10-31 02:30"),
    ],
)
def test_a_due_date_is_written_on_the_clock_of_who_reads_it(due: Due, words: str) -> None:
    assert write_due(due, NOON) == words


bounded = settings(max_examples=200, deadline=None, derandomize=True)

ZONES = [
    *(BERLIN, LOS_ANGELES, KOLKATA, "Australia/Lord_Howe", "Africa/Cairo", "America/Nuuk"),
    *("Pacific/Kiritimati", "UTC"),
]
NOWS = st.builds(
    lambda moment, zone: moment.astimezone(ZoneInfo(zone)),
    st.datetimes(datetime(2020, 1, 1), datetime(2110, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (the strategy adds the zone)
    st.sampled_from(ZONES),
)
AT_A_CHANGE = [datetime.fromisoformat(now).astimezone(ZoneInfo(zone)) for zone, now in CLOCKS]


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("ship in 3 days", "in 3 days"),
        ("fix it 12/3", "12/3"),
        ("fix it due soon", "due soon"),
        ("fix it by end of month", "by end of month"),
        ("fix it by 2026-12-03 or so", "by 2026-12-03 or so"),
        ("pay it due last friday", "due last friday"),
        ("launch it in november", "november"),
        ("fix it friday morning", "friday morning"),
        ("it was yesterday at last", "yesterday at last"),
        ("play in the sun", "sun"),
        ("friday is a good day for it", ""),
        ("report due diligence", ""),
        ("it fails due to timeouts", ""),
        ("pass by ref", ""),
        ("pay the amount due", ""),
        ("fix it", ""),
        ("", ""),
    ],
)
def test_words_that_were_hardly_said_but_of_a_day_may_have_been_meant_so(
    phrase: str, meant: str
) -> None:
    words = phrase.split()
    assert " ".join(words[len(words) - meant_as_due(words) :]) == meant


@pytest.mark.parametrize(
    ("word", "before", "read"),
    [
        ("friday", "", "friday"),
        ("(friday)", "", "friday"),
        ("due:friday,", "", "friday"),
        ("by:tomorrow", "", "tomorrow"),
        ("nov.", "by", "nov"),
        ("2026-1-3.", "on", "2026-01-03"),
        ("3.12.2026", "", "2026-12-03"),
        ("3.12.", "by", "3/12"),
        ("3.12.", "until", "3/12"),
        ("3.12.", "version", "3.12."),
        ("3.12.1", "by", "3.12.1"),
    ],
)
def test_the_marks_round_a_word_are_taken_off_to_read_it(word: str, before: str, read: str) -> None:
    assert without_marks(word, before) == read


WEEKDAYS = st.sampled_from(["mon", "tues", "wednesday", "thur", "friday", "sat,", "sunday,"])
MONTHS = st.sampled_from(["jan", "february", "apr", "june", "sept", "november", "dec"])
DAYS = st.sampled_from(["1st", "2", "03", "12th", "22nd", "28", "29", "30th", "31", "31,"])
YEARS = st.sampled_from(["", "", "1970", "2000", "2026", "2027", "2028", "2096", "9998"])
DATES = st.one_of(
    st.builds("{} {} {}".format, MONTHS, DAYS, YEARS),
    st.builds("{} {} {}".format, DAYS, MONTHS, YEARS),
    st.builds("{}/{}".format, st.integers(0, 32), st.integers(0, 32)),
    st.builds("{:04}-{:02}-{:02}".format, *map(st.integers, (1970, 1, 1), (9999, 12, 31))),
    st.builds("{:04}-{:02}-{:02}".format, *map(st.integers, (2020, 1, 28), (2032, 12, 31))),
)
RUNS = st.builds(
    "{} {}".format,
    st.one_of(
        st.sampled_from(["", "today", "tonight", "tomorrow", "eod", "eow", "next week"]),
        WEEKDAYS,
        st.builds("next {}".format, WEEKDAYS),
        st.builds(
            "in {} {}".format,
            st.sampled_from(["0", "1", "2", "7", "365", "99999", "100000", "0" * 5_000 + "1"]),
            st.sampled_from(["days", "week", "weeks", "hours", "min", "minutes", "months"]),
        ),
        DATES,
        st.builds("{} {}".format, WEEKDAYS, DATES),
    ),
    st.one_of(
        st.just(""),
        st.builds("{:02}:{:02}".format, st.integers(0, 24), st.integers(0, 60)),
        st.builds("at {} {}".format, st.integers(0, 13), st.sampled_from(["am", "pm"])),
    ),
).map(str.split)
PIECES = [
    *("today", "tonight", "tomorrow", "fri", "friday,", "sun", "next", "week", "eod", "eow", "at"),
    *("in", "3", "days", "hours", "min", "dec", "may", "3rd", "31", "2026", "9998", "5pm", "17:00"),
    *("pm", "2026-12-03", "2026-02-30", "25/12", "12/3", ",", "", "fix", "asap", "😀", "🎉5pm"),
    *("²", "٣", "٢٠٢٦-١٢-٠٣", "5\u202epm", "יום", "غدا", "-1", "1e9", "0x10", "5:", ":", "/", "//"),
    *("9" * 5_000, "0" * 5_000 + "1", "1/" * 99, "2026-12-03" * 9, "½", "Ⅻ", "\0", "\ud800"),
    "\uff11\uff12:00",
]
NOISE = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=9)
READERS: dict[str, Callable[[Sequence[str], datetime], object]] = {
    "read_due": read_due,
    "longest_run": longest_run,
    "bare_ending": bare_ending,
    "looks_like_due": lambda words, _now: looks_like_due(words),
}


def examples_at_changes(test: Callable[..., None]) -> Callable[..., None]:
    for now in AT_A_CHANGE:
        for words in ("02:30", "tomorrow 01:30", "eow 2am", "in 2 hours"):
            test = example(words.split(), now)(test)
    return test


def is_future(due: Due, now: datetime) -> bool:
    match due:
        case DueDay(day=day):
            return day >= now.date()
        case DueAt(at=at):
            return at > now.astimezone(UTC) and at.second == at.microsecond == 0


@examples_at_changes
@bounded
@given(RUNS | NOISE, NOWS)
def test_what_is_read_is_never_past_and_what_is_refused_has_words_instead(
    words: list[str], now: datetime
) -> None:
    instead: tuple[str, ...] = ()
    try:
        due = read_due(words, now)
        assert due is None or is_future(due, now)
    except (PastDue, NoSuchDate) as refused:
        instead = (refused.instead,)
    except AmbiguousDate as refused:
        instead = refused.readings
        assert len(set(instead)) == 2
    for phrase in instead:
        read = read_due(phrase.split(), now)
        assert read is not None
        assert is_future(read, now)


@bounded
@given(RUNS, NOISE, NOWS)
def test_readers_agree_and_raise_nothing_but_their_own_errors(
    run: list[str], noise: list[str], now: datetime
) -> None:
    for words in (run, noise, [*noise, *run], [*run, *noise]):
        for name, reader in READERS.items():
            with contextlib.suppress(ReadingError):
                if reader(words, now) and name == "read_due":
                    assert longest_run(words, now) == (len(words), read_due(words, now))
                    assert looks_like_due(words) == len(words) <= WORDS_MAX


@bounded
@given(NOWS, st.integers(1, 60 * 24 * 800), st.integers(0, 800), st.sampled_from([0, 2_800_000]))
def test_a_due_date_that_is_written_is_read_back(
    now: datetime, minutes: int, days: int, far: int
) -> None:
    floor = now.astimezone(UTC).replace(second=0, microsecond=0)
    moment = floor + timedelta(days=far, minutes=minutes)
    day = DueDay(now.date() + timedelta(days=far + days))
    assert read_due(write_due(day, now).split(), now) == day
    assume(moment.astimezone(now.tzinfo).fold == 0)
    assert read_due(write_due(DueAt(moment), now).split(), now) == DueAt(moment)


def seconds_to_read(
    reader: Callable[[Sequence[str], datetime], object], words: list[str], times: int = 3
) -> float:
    """The best of several times, since the machine is shared."""
    tracer = sys.gettrace()
    sys.settrace(None)  # measuring coverage makes it several times slower
    try:
        return min(once(reader, words) for _ in range(times))
    finally:
        sys.settrace(tracer)


def once(reader: Callable[[Sequence[str], datetime], object], words: list[str]) -> float:
    began = time.thread_time()
    with contextlib.suppress(ReadingError):
        reader(words, NOON)
    return time.thread_time() - began


@pytest.mark.parametrize("name", READERS)
def test_due_words_are_read_in_microseconds(name: str) -> None:
    phrases = [phrase.split() for rows in TABLE.values() for phrase in rows]
    seconds = [seconds_to_read(READERS[name], words, times=10) for words in phrases]
    assert statistics.median(seconds) < 0.000_02
    assert max(seconds) < 0.001


@pytest.mark.parametrize("name", READERS)
def test_ordinary_words_are_no_due_date_atonce(name: str) -> None:
    lines = ["fix the login of everybody who has one", "write to tom about it", "deploy", "a b c d"]
    seconds = [seconds_to_read(READERS[name], line.split(), times=100) for line in lines]
    assert max(seconds) < 0.000_01


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "words",
    [
        *(["9" * 250_000], ["in", "0" * 250_000 + "1", "days"], ["dec", "3", "2" * 250_000]),
        *(["1/" * 125_000], ["1:" * 125_000], ["," * 250_000, "5pm"], ["friday" + "," * 250_000]),
        *(["friday"] * 20_000, ["at"] * 20_000, ["5", "pm"] * 10_000, ["friday,"] * 20_000),
    ],
)
def test_nothing_however_long_is_slow_to_read(name: str, words: list[str]) -> None:
    assert seconds_to_read(READERS[name], words) < 0.01
