// The sender: sends the items of the outbox to the server, one at a time. The next one is sent when
// this one is stored, so they arrive in order.

// `onChange(items)` is called whenever the outbox may have changed.
export class Sender {
  constructor(connection, outbox, onChange) {
    this.connection = connection;
    this.outbox = outbox;
    this.onChange = onChange;
    this.inFlight = null; // the id of the item being sent
  }

  // Draw the outbox, and send the next item unless it's being sent already.
  pump() {
    this.onChange(this.outbox.list());
    const next = this.outbox.list().find((item) => !item.saved);
    if (!next || next.id === this.inFlight || !this.connection.isOpen) return;
    this.inFlight = next.id;
    const { type, id, seq, message } = next;
    this.connection.send({ type, client_id: id, seq, message });
  }

  // The server has stored an item. It stays in the outbox until the room shows it.
  acknowledge(id, isDrawn) {
    if (isDrawn) this.outbox.remove(id);
    else if (this.outbox.items.has(id)) this.outbox.items.get(id).saved = true;
    this.pump();
  }

  // Remove the messages that the room shows, whether or not their acks arrived.
  settle(messages, user) {
    for (const { author, client_id: id } of messages) if (author === user) this.outbox.remove(id);
    this.pump();
  }

  // Remove an item that the server has refused, and return its text.
  refuse(id) {
    const message = this.outbox.items.get(id)?.message ?? "";
    this.outbox.remove(id);
    this.pump();
    return message;
  }

  // The connection is lost. Nobody knows whether the item arrived, so it's sent again.
  stop() {
    this.inFlight = null;
  }
}
