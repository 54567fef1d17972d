"""Why a request was rejected, in one word of a closed list: what is counted of it."""

import re

from store import NothingChanged

_INNER_CAPITAL = re.compile(r"(?<=.)(?=[A-Z])")


def reason_of(error: Exception) -> str:
    """The name of the error; or of the verdict, that on the first task if there are several."""
    if isinstance(error, NothingChanged):
        return error.outcomes[0].verdict
    return _INNER_CAPITAL.sub("_", type(error).__name__).lower()
