"""Over how many days the page and the report tell, and how that is asked for."""

from store import REPORT_DAYS_MAX

WEEKS_MAX = REPORT_DAYS_MAX // 7
EXAMPLE = f"A whole number from 1 to {WEEKS_MAX}"


def read_weeks(text: str) -> int | None:
    """The days of so many weeks; None when it is no number of weeks that can be told."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(WEEKS_MAX))
    return int(text) * 7 if is_number and 1 <= int(text) <= WEEKS_MAX else None
