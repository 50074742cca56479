// The connection: one WebSocket at a time, opened again after it was lost.

const LONGEST_WAIT = 30_000;

// `onOpen()` hears of every new connection, `onFrame(frame)` of every frame, and `onLost(code)` of
// every lost connection. After one of the `finalCodes`, it isn't opened again.
export class Connection {
  constructor(url, finalCodes, { onOpen, onFrame, onLost }) {
    Object.assign(this, { url, finalCodes, onOpen, onFrame, onLost });
    this.failures = 0;
  }

  open() {
    this.socket = new WebSocket(this.url);
    this.socket.addEventListener("open", () => {
      this.failures = 0;
      this.onOpen();
    });
    this.socket.addEventListener("message", ({ data }) => this.onFrame(JSON.parse(data)));
    this.socket.addEventListener("close", ({ code }) => {
      if (!this.finalCodes.includes(code)) this.openLater();
      this.onLost(code);
    });
  }

  openLater() {
    const longest = Math.min(LONGEST_WAIT, 1_000 * 2 ** this.failures);
    this.failures += 1;
    setTimeout(() => this.open(), longest * Math.random());
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }
}
