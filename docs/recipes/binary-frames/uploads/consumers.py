import hashlib

from channels.generic.websocket import AsyncJsonWebsocketConsumer

MOST = 1024 * 1024  # bytes in one upload


class UploadConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.size = 0
        self.digest = hashlib.sha256()
        await self.accept()

    async def receive(self, text_data=None, bytes_data=None, **kwargs):
        if bytes_data is None:
            return await self.finish()
        self.size += len(bytes_data)
        if self.size > MOST:
            return await self.close(code=4413)
        self.digest.update(bytes_data)
        await self.send_json({"received": self.size})

    async def finish(self):
        await self.send_json({"size": self.size, "sha256": self.digest.hexdigest()})
        await self.close()
