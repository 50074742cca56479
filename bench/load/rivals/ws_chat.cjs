// The rival ws: the broadcast of its README, for each room.
const WebSocket = require("ws");

const server = new WebSocket.WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  clientTracking: false,
});
const rooms = new Map();

server.on("connection", (socket, request) => {
  const room = request.url;
  if (!rooms.has(room)) rooms.set(room, new Set());
  const members = rooms.get(room).add(socket);
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => {});
  socket.on("message", (data) => {
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) member.send(data, { binary: false });
    }
  });
});
