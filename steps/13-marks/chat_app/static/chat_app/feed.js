// The feed: which messages of the room the page shows, which are all from `first` to `last`. If it
// hears of a later one that isn't next, it asks for what is between (`sync`).

// `onNext(messages)` gets what follows the last message.
export class Feed {
  constructor(connection, onNext) {
    Object.assign(this, { connection, onNext });
    this.ahead = new Map();
  }

  // The room's newest message has this number. The first time, everything before it is history.
  hearOf(head) {
    this.first ??= head + 1;
    this.last ??= head;
    if (this.last < head) this.sync();
  }

  // Draw what comes next; keep what is further ahead until the gap before it is filled.
  take(messages) {
    for (const message of messages) {
      if (message.seq > this.last) this.ahead.set(message.seq, message);
    }
    const ready = [];
    while (this.ahead.has(this.last + 1)) {
      this.last += 1;
      ready.push(this.ahead.get(this.last));
      this.ahead.delete(this.last);
    }
    this.onNext(ready);
    if (this.ahead.size) this.sync();
  }

  sync() {
    if (this.isSyncing) return;
    this.isSyncing = true;
    this.connection.send({ type: "sync", after: this.last });
  }

  synced({ messages, more }) {
    this.isSyncing = false;
    this.take(messages);
    if (more) this.sync();
  }

  stop() {
    this.isSyncing = false;
  }
}
