// Sends the first unsaved message whenever anything has happened, until its ack arrives.
export class Sender {
  constructor(connection, outbox, draw) {
    this.connection = connection;
    this.outbox = outbox;
    this.draw = draw;
  }

  pump() {
    this.draw(this.outbox.list());
    const item = this.outbox.list().find(({ isStored }) => !isStored);
    if (!item || item === this.sent || !this.connection.isOpen) return;
    this.sent = item;
    this.connection.send({ type: "message", client_id: item.id, message: item.message });
  }

  acknowledge(id, isDrawn) {
    const item = this.outbox.find(id);
    if (item) item.isStored = true;
    if (isDrawn) this.outbox.remove(id);
    this.pump();
  }

  settle(messages, user) {
    const own = messages.filter(({ author }) => author === user);
    own.forEach(({ client_id: id }) => this.outbox.remove(id));
    this.pump();
  }

  refuse(id) {
    const item = this.outbox.find(id);
    this.outbox.remove(id);
    this.pump();
    return item?.message ?? "";
  }

  stop() {
    this.sent = undefined;
  }
}
