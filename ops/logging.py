"""One JSON object a line on standard output, and nothing in it that a log must not hold."""

import contextlib
import io
import logging
import sys

import structlog
from structlog.typing import Processor

# slack_sdk prints tokens and texts at DEBUG, Bolt prints whole bodies at WARNING:
# neither may speak at those levels, whatever LOG_LEVEL says.
_QUIETED = {
    "slack_bolt": logging.ERROR,
    "slack_sdk": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
}


class StandardOutput(io.TextIOBase):
    """Standard output as it is at each line, and never a reason to fail.

    A task event is logged between its commit and its answer: a full pipe there must not turn
    a saved change into an error.
    """

    def write(self, text: str) -> int:
        """Write what can be written."""
        try:
            return sys.stdout.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        """Hand on what was written."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()


def configure_logging(level: str, log_format: str) -> None:
    """Set up structlog and send the libraries' own logging through it."""
    output = StandardOutput()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _renderer(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(output),  # type: ignore[arg-type]  # it writes and flushes,
    )
    _configure_libraries(level, log_format, shared, output)


def _configure_libraries(
    level: str, log_format: str, shared: list[Processor], output: StandardOutput
) -> None:
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, floor in _QUIETED.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelNamesMapping()[level]))


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)
