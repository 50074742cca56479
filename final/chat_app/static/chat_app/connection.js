// The connection: one WebSocket at a time. When it's lost, a new one opens after a random, growing
// wait, which keeps everybody from coming back at once after a server restart.

const PATIENCE = 10_000; // to wait for the next frame while an answer is due
const SILENCE = 30_000;
const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 10_000;
const WAIT_AFTER_REFUSALS = 60_000;

// The close codes of protocol.py; after any other one, the page just connects again.
export const NOT_LOGGED_IN = 4401;
export const NOT_A_MEMBER = 4403;
export const LEFT = 4405; // the user left a public room, and may enter it again
export const DISPLACED = 4409; // another tab of the same user has taken over
export const DELETED = 4410; // the room was deleted
export const TOO_MANY_REFUSALS = 4429;
const FINAL = [NOT_LOGGED_IN, NOT_A_MEMBER, LEFT, DISPLACED, DELETED];
const UNTIL_CLICK = [LEFT, DISPLACED, DELETED];

// `onFrame(frame)` is called with every frame, `onLost(code)` when the connection is lost, and
// `onSilence()` when no frame has come for 30 seconds. The connection counts as open once the
// server has said `welcome`.
export class Connection {
  constructor(url, { onFrame, onLost, onSilence }) {
    this.url = url;
    this.onFrame = onFrame;
    this.onLost = onLost;
    this.onSilence = onSilence;
    this.socket = null;
    this.isOpen = false;
    this.failures = 0;
    this.finalCode = null;
    this.pausedUntil = 0; // when to try again, after too many refusals
    this.retryTimer = null;
    this.patienceTimer = null;
    this.silenceTimer = null;
    this.expected = new Set();
  }

  open() {
    clearTimeout(this.retryTimer);
    this.finalCode = null;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.expect("welcome");
    socket.onclose = ({ code }) => socket === this.socket && this.lose(code);
    socket.onmessage = ({ data }) => socket === this.socket && this.hear(JSON.parse(data));
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  // While an answer is due, any frame shows that the server is alive, however slow it is.
  expect(answer) {
    this.expected.add(answer);
    this.restartPatience();
  }

  answered(answer) {
    this.expected.delete(answer);
    if (!this.expected.size) clearTimeout(this.patienceTimer);
  }

  restartPatience() {
    clearTimeout(this.patienceTimer);
    this.patienceTimer = setTimeout(() => this.lose(), PATIENCE);
  }

  hear(frame) {
    if (this.expected.size) this.restartPatience();
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.onSilence(), SILENCE);
    if (frame.type === "welcome") {
      this.answered("welcome");
      this.isOpen = true;
      this.failures = 0;
    }
    this.onFrame(frame);
  }

  close() {
    clearTimeout(this.retryTimer);
    clearTimeout(this.patienceTimer);
    clearTimeout(this.silenceTimer);
    this.expected.clear();
    this.socket?.close();
    this.socket = null;
    this.isOpen = false;
  }

  // The socket is closed, or it hasn't answered for so long that it must be dead.
  lose(code) {
    this.close();
    if (FINAL.includes(code)) this.finalCode = code;
    else this.retryTimer = setTimeout(() => this.open(), this.nextWait(code));
    this.onLost(code);
  }

  nextWait(code) {
    if (code === TOO_MANY_REFUSALS) {
      this.pausedUntil = Date.now() + WAIT_AFTER_REFUSALS;
      return WAIT_AFTER_REFUSALS;
    }
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
    this.failures += 1;
    return Math.random() * longest;
  }

  // The network may be back, or the user may have logged in again. A displaced tab waits for a
  // click, because otherwise two tabs would displace each other forever. A pause always lasts as
  // long as the page says. If the user has left the room, only a click brings them back.
  wake() {
    this.failures = 0;
    const isWaiting = UNTIL_CLICK.includes(this.finalCode) || Date.now() < this.pausedUntil;
    if (!this.socket && !isWaiting) this.open();
  }
}
