// The rival Socket.IO: rooms of its own, events that everybody in a room gets.
const http = require("http").createServer();
const io = new (require("socket.io").Server)(http);

io.on("connection", (socket) => {
  const room = socket.handshake.query.room;
  socket.join(room);
  socket.on("message", (text) => io.to(room).emit("message", text));
});

http.listen(Number(process.argv[2]), "127.0.0.1");
