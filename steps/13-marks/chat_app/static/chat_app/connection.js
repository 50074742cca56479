// The connection: one WebSocket at a time. When it's lost, a new one opens after a random wait.

const LONGEST_WAIT = 30_000;

// `onOpen()`, `onFrame(frame)` and `onLost(code)` are called when the socket opens, gets a frame or
// closes. No new one opens if `isFinal(code)` is true.
export class Connection {
  constructor(url, { isFinal, onOpen, onFrame, onLost }) {
    this.url = url;
    this.isFinal = isFinal;
    this.onOpen = onOpen;
    this.onFrame = onFrame;
    this.onLost = onLost;
    this.socket = null;
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
      if (!this.isFinal(code)) this.openLater();
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
