// The sender: brings what is in the outbox to the server, one item at a time. The next one leaves
// when this one is stored, so their order is kept.

// `onChange(items)` hears of every change of the outbox.
export class Sender {
  constructor(connection, outbox, onChange) {
    Object.assign(this, { connection, outbox, onChange });
    this.inFlight = null;
  }

  // Send the next item, if none is on its way.
  pump() {
    this.onChange(this.outbox.list());
    const next = this.outbox.list().find((item) => !item.saved);
    if (!next || next.id === this.inFlight || !this.connection.isOpen) return;
    this.inFlight = next.id;
    const { type, id, seq, message } = next;
    this.connection.send({ type, client_id: id, seq, message });
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

  // The server takes no more for now. The item stays in the outbox, and is sent again.
  sendAgainIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.inFlight = null;
      this.pump();
    }, milliseconds);
  }

  // The server doesn't take an item. Returns what was written.
  refuse(id) {
    const message = this.outbox.items.get(id)?.message ?? "";
    this.outbox.remove(id);
    this.pump();
    return message;
  }

  // The connection is lost. Nobody knows whether the item arrived, so it is sent again.
  stop() {
    clearTimeout(this.timer);
    this.inFlight = null;
  }
}
