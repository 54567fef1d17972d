"""The only place that wires: config, logging, store, app, servers, workers, and the way down."""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
import time

import aiohttp
import structlog
from aiohttp import web

from bot.app import build_app
from bot.connections import Connections
from bot.delivery import Delivery
from bot.directory import Directory
from bot.doorway import Doorway
from bot.errors import Errors
from bot.home import HomeTab
from bot.identity import Identity
from bot.painter import Painter
from bot.reminders import Alarm
from bot.slack import Slack
from bot.survey import Survey
from ops import VERSION
from ops.config import Config, InvalidConfig, read_config
from ops.events import publisher
from ops.health import Check, Checks, DatabaseCheck, State
from ops.logging import configure_logging
from ops.metrics import Metrics
from ops.server import OpsServer
from ops.workers import Worker
from store import (
    SQLITE_VERSION,
    Clock,
    Database,
    Directs,
    Homes,
    Insights,
    InUse,
    Lists,
    NewerSchema,
    Notices,
    NotSaved,
    People,
    Reminders,
    Stats,
    Surveys,
    TaskEvent,
    TaskStore,
    Usage,
    bring_up_to_date,
    utc_now,
)

log = structlog.get_logger()

FLUSH_SECONDS = 3.0
"""With the longest wait for a write after it, what a kill loses of the usage is less than 5 s."""

NUMBERS_SECONDS = 30.0
PURGE_SECONDS = 3_600.0
STOP_SECONDS = 7.0
"""With the closing of servers and connections after it, a stop stays within 10 s."""

OPEN_FILES = 8_192
"""Connections among them: half-open ones count until they are closed (see `connections`)."""

REFUSED = 2


def main(clock: Clock = utc_now) -> int:
    """Run the bot until SIGTERM; 2 when it was refused to start, in words."""
    try:
        config = read_config(os.environ, on_terminal=sys.stdout.isatty())
    except InvalidConfig as error:
        print("Taskbot cannot start:", *error.faults, sep="\n- ", file=sys.stderr)  # noqa: T201  # there is no log yet
        return REFUSED
    configure_logging(config.log_level, config.log_format)
    _make_room()
    try:
        asyncio.run(run(config, clock))
    except (InUse, NewerSchema, OSError) as error:
        log.error("start.refused", reason=_why(error))  # noqa: TRY400  # a fact, no fault
        return REFUSED
    return 0


def _make_room() -> None:
    """Raise the usual limit of 1,024 open files, where we may; under systemd the unit does."""
    with contextlib.suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _why(error: InUse | NewerSchema | OSError) -> str:
    match error:
        case InUse(path=path):
            return f"another process serves {path}"
        case NewerSchema(found=found, known=known):
            return (
                f"the database has schema {found}, this release knows {known}: "
                "run the release that wrote it, or restore the copy made before"
            )
        case _:
            return str(error)


async def run(config: Config, clock: Clock = utc_now) -> None:
    """Serve until a signal says to stop."""
    started = time.monotonic()
    database = await Database.open(config.database_url)
    # Whatever happens, the connections are let go: their threads would keep the process alive.
    try:
        copy = await bring_up_to_date(database, clock())
        log.info("store.ready", sqlite_version=SQLITE_VERSION, copied_to=copy and str(copy))
        async with aiohttp.ClientSession() as session:
            bot = Bot(config, database, session, clock)
            await bot.start()
            # What stands now stands for good: looked through every few seconds for what nobody
            # holds any more, its 110,000 objects held up every request by 70 to 110 ms (0045).
            gc.freeze()
            seconds = round(time.monotonic() - started, 2)
            log.info("bot.ready", version=VERSION, seconds=seconds, **bot.ports)
            await _signal()
            await bot.stop()
    finally:
        await database.close()
    log.info("bot.stopped")


async def _signal() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()


class Bot:
    """Everything that runs, wired."""

    def __init__(
        self,
        config: Config,
        database: Database,
        session: aiohttp.ClientSession,
        clock: Clock = utc_now,
    ) -> None:
        self._config = config
        self._database = database
        self._usage = usage = Usage(database, clock)
        self._metrics = metrics = Metrics(usage.note_fault)
        self._publish = publisher(metrics)
        people = People(database, clock)
        self._insights = Insights(database, clock)
        self._notices = notices = Notices(database, clock)
        self._tasks = tasks = TaskStore(database, self._tell, clock)
        slack = Slack(config.slack_bot_token, config.slack_api_url, session, metrics)
        self._asking = Worker("directory", self._ask_slack, metrics)
        self._directory = directory = Directory(slack, people, clock, self._asking.wake)
        homes = Homes(database, clock)
        painter = Painter(notices, Directs(database), homes, directory, clock)
        self._delivery = delivery = Delivery(notices, directory, painter, slack, clock, metrics)
        self._alarm = Alarm(Reminders(database, clock), delivery.worker.wake, clock, metrics)
        lists = Lists(database)
        home = HomeTab(homes, painter, slack, delivery)
        stats, surveys = Stats(database), Surveys(database, VERSION, clock)
        self._survey = survey = Survey(surveys, metrics)
        identity = Identity(people, directory, tasks, lists, stats, surveys, delivery, home, usage)
        app = build_app(identity, Errors(tasks, metrics))
        secret = config.slack_signing_secret
        self._doorway = Doorway(app, secret, slack, people, lists, usage, survey, metrics, clock)
        self._connections = Connections(self._doorway.web_app(), metrics)
        self._slack_side = self._connections.runner
        ops = OpsServer(self._checks(), metrics, self._insights, clock)
        self._ops_side = web.AppRunner(ops.app(), access_log=None, shutdown_timeout=1.0)
        self._workers = self._others()

    def _checks(self) -> Checks:
        return {
            "database": DatabaseCheck(self._insights.probe),
            "delivery": self._check_workers,
            "slack": self._directory.check,
        }

    async def _check_workers(self) -> Check:
        """Down when a worker has stopped: nothing would be delivered, or nothing kept fresh."""
        workers = (self._delivery.worker, *self._workers)
        stopped = [worker.name for worker in workers if not worker.is_alive]
        if stopped:
            return Check(State.DOWN, reason=f"stopped: {', '.join(stopped)}")
        return Check(State.UP)

    def _others(self) -> list[Worker]:
        """The workers beside delivery."""
        return [
            self._asking,
            self._alarm.worker,
            Worker("usage", self._flush, self._metrics),
            self._survey.worker,
            Worker("numbers", self._refresh_numbers, self._metrics),
            Worker("housekeeping", self._purge, self._metrics),
            Worker("connections", self._connections.sweep, self._metrics),
        ]

    @property
    def ports(self) -> dict[str, int]:
        """The ports that are listened on, also when the configuration left the choice open."""
        return {
            "port": self._slack_side.addresses[0][1],
            "ops_port": self._ops_side.addresses[0][1],
        }

    async def start(self) -> None:
        """Listen, and begin to deliver."""
        await self._notices.forget_leases()
        await self._directory.begin()
        await self._ops_side.setup()
        await self._slack_side.setup()
        config = self._config
        await web.TCPSite(self._ops_side, config.ops_host, config.ops_port).start()
        await web.TCPSite(self._slack_side, config.host, config.port).start()
        for worker in (self._delivery.worker, *self._workers):
            worker.start()

    async def stop(self) -> None:
        """Stop hearing, finish what was begun, hand back leases: `STOP_SECONDS` for it all."""
        deadline = time.monotonic() + STOP_SECONDS
        # The doorway refuses from here on; the socket is closed last, since a connection that is
        # accepted while it closes would hang until the process ends.
        await self._doorway.close(deadline)
        await asyncio.gather(
            self._delivery.stop(deadline), *(worker.stop(deadline) for worker in self._workers)
        )
        await self._survey.finish(deadline)
        self._directory.stop_asking()
        with contextlib.suppress(NotSaved):
            await self._usage.flush()
        await self._slack_side.cleanup()
        await self._ops_side.cleanup()

    def _tell(self, event: TaskEvent) -> None:
        """After a commit: log it, count it, and have it delivered, now or when it is due."""
        self._publish(event)
        self._delivery.worker.wake()
        self._alarm.worker.wake()

    async def _ask_slack(self) -> float:
        pause = await self._directory.turn()
        # What waited for the workspace of our token to be known may be told now.
        self._delivery.worker.wake()
        return pause

    async def _flush(self) -> float:
        await self._usage.flush()
        return FLUSH_SECONDS

    async def _refresh_numbers(self) -> float:
        try:
            await self._usage.flush()
        finally:
            # While nothing can be written, what waits is looked for all the more.
            self._metrics.show(await self._insights.numbers())
            self._metrics.show_space(await self._database.space())
        # After it: no figure depends on it, and after an upgrade it takes its time.
        await self._insights.settle()
        return NUMBERS_SECONDS

    async def _purge(self) -> float:
        if await self._tasks.purge_requests():
            return 0.0
        await self._insights.purge()
        return PURGE_SECONDS


if __name__ == "__main__":
    sys.exit(main())
