// The feed: which of the room's messages the page shows. Their numbers have no gaps, and the page
// shows all messages from `first` to `last`. If it gets one that doesn't follow directly, it asks
// for those in between (`sync`).

// `onNext(messages)` is called with the messages that follow the last one.
export class Feed {
  constructor(connection, onNext) {
    this.connection = connection;
    this.onNext = onNext;
    this.ahead = new Map(); // messages that came too early, by number
    this.isSyncing = false;
  }

  // The room's newest message has this number. The first time, the feed begins there, and the page
  // loads older messages as history.
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
