"""The Home tab as a request finds it: opened, turned, or told something on top."""

from bot.delivery import Delivery
from bot.drawing.blocks import Message
from bot.painter import Painter
from bot.slack import Slack
from store import Homes, SlackUser


class HomeTab:
    """What can be done to somebody's Home while they look at it."""

    def __init__(self, homes: Homes, painter: Painter, slack: Slack, delivery: Delivery) -> None:
        self._homes = homes
        self._painter = painter
        self._slack = slack
        self._delivery = delivery

    async def open(self, user: SlackUser) -> None:
        """Show the first page."""
        await self._homes.open(user)
        self._delivery.worker.wake()

    async def turn_to(self, user: SlackUser, page: int) -> None:
        """Show another page."""
        await self._homes.turn_to(user, page)
        self._delivery.worker.wake()

    async def say(self, user: SlackUser, said: Message) -> None:
        """Publish it as it is now with an answer on top, which is kept nowhere: at best.

        Raises:
            SlackError, NotSaved
        """
        wanted = await self._homes.wanted(user)
        painting = await self._painter.home(user, said)
        if painting is None:
            return
        await self._slack.call(painting.method, **painting.arguments)
        if await self._homes.wanted(user) != wanted:
            # It may have been painted anew meanwhile, and this older picture over it.
            await self._homes.draw_again(user)
            self._delivery.worker.wake()
