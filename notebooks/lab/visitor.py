"""Somebody with a socket to a consumer in this kernel."""

import asyncio

from channels.testing import WebsocketCommunicator


class Visitor(WebsocketCommunicator):
    """A communicator that raises a consumer's error at once, not when its timeout is over."""

    async def receive_output(self, timeout: float = 5) -> dict:  # noqa: ASYNC109
        """Return the next event of the application; raise the error that ended it, if one did."""
        output = asyncio.ensure_future(self.output_queue.get())
        await asyncio.wait(
            [output, self.future], timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if output.done():
            return output.result()
        output.cancel()
        if self.future.done():
            self.future.result()
            raise EOFError("The consumer has ended, and sent nothing more.")
        raise TimeoutError(f"The consumer sent nothing for {timeout} seconds.")

    async def connect(self, timeout: float = 5) -> tuple[bool, object]:  # noqa: ASYNC109
        """As inherited, and as patient as the rest."""
        return await super().connect(timeout)

    async def receive_from(self, timeout: float = 5) -> str | bytes:  # noqa: ASYNC109
        """As inherited, and as patient as the rest."""
        return await super().receive_from(timeout)
