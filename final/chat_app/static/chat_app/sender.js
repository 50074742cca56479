// The sender: brings what is in the outbox to the server, one item at a time. The next one leaves
// when this one is stored, so their order is kept.

const ANSWER_WITHIN = 30_000;
const TEMPORARY = ["rate_limited", "unavailable"];

// `onChange(items)` is called whenever the outbox may have changed.
export class Sender {
  constructor(connection, outbox, onChange) {
    this.connection = connection;
    this.outbox = outbox;
    this.onChange = onChange;
    this.inFlight = null; // the id of the item being sent
    this.timer = null;
  }

  // Draw the outbox, and send the next item unless one is being sent.
  pump() {
    this.onChange(this.outbox.list());
    const next = this.outbox.list().find((item) => !item.saved && !item.problem);
    const id = next?.id ?? null;
    if (!this.connection.isOpen || id === this.inFlight) return;
    clearTimeout(this.timer);
    this.connection.answered("ack");
    this.inFlight = id;
    if (!next) return;
    const { type, seq, message } = next;
    this.connection.send({ type, client_id: id, seq, message });
    this.connection.expect("ack");
    this.sendAgainIn(ANSWER_WITHIN);
  }

  // The server stores an item once, however often it is sent.
  sendAgainIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.inFlight = null;
      this.pump();
    }, milliseconds);
  }

  // The server has stored an item. Until it is drawn, it stays in the outbox.
  acknowledge(id, isDrawn) {
    if (isDrawn) this.outbox.remove(id);
    else if (this.outbox.items.has(id)) this.outbox.items.get(id).saved = true;
    this.pump();
  }

  // What is stored needs no outbox any more, whether or not its ack arrived.
  settle(messages, user) {
    for (const { author, client_id: id } of messages) if (author === user) this.outbox.remove(id);
    this.pump();
  }

  refuse({ code, detail, ref, retry_after: seconds = 3 }) {
    if (TEMPORARY.includes(code)) {
      this.connection.answered("ack");
      this.sendAgainIn(1_000 * seconds);
    } else if (this.outbox.items.has(ref)) {
      this.outbox.items.get(ref).problem = detail;
    }
    this.pump();
  }

  tryAgain(item) {
    item.problem = null;
    this.pump();
  }

  discard(item) {
    this.outbox.remove(item.id);
    this.pump();
  }

  stop() {
    clearTimeout(this.timer);
    this.inFlight = null;
  }
}
