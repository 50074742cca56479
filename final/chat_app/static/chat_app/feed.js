// The feed: which of the room's messages the page shows. Their numbers in the database have no
// gaps, and the page shows all messages from `first` to `last`. If it hears about a later message
// that doesn't follow directly, it asks for the ones in between (`sync`).
//
// A page that opens at the first unread message may not show the newest ones yet. It becomes
// `isLive` when it does. Until then, it only loads what the reader scrolls to.

import { isChange } from "./changes.js";

const PAGE_SIZE = 50;

// `onNext(messages)` draws messages after the last one, and `onEarlier` those before the first.
export class Feed {
  constructor(connection, { first, last, head, changes }, { onNext, onEarlier }) {
    this.connection = connection;
    this.first = first;
    this.last = last;
    this.head = head; // the number of the newest message that the page knows of
    this.onNext = onNext;
    this.onEarlier = onEarlier;
    this.changes = new Set(changes); // numbers of edits and deletions, which are never unread
    this.ahead = new Map();
    this.isLive = last >= head;
    this.isSyncing = false;
    this.isLoading = false;
    this.timer = null;
  }

  // The room has messages at least up to this number.
  hearOf(head) {
    this.head = Math.max(this.head, head);
    if (this.isLive && this.last < this.head) this.sync();
  }

  // The server has stopped pushing until the page asks for more.
  fallBehind(head) {
    this.hearOf(head);
    if (this.isLive) this.sync();
  }

  // Draw what comes next; keep what is further ahead until the gap before it is filled.
  take(messages, upto = 0) {
    for (const message of messages) {
      if (message.seq > this.last) this.ahead.set(message.seq, message);
      if (isChange(message)) this.changes.add(message.seq);
    }
    const ready = [];
    while (this.last < upto || this.ahead.has(this.last + 1)) {
      this.last += 1;
      if (this.ahead.has(this.last)) ready.push(this.ahead.get(this.last));
      this.ahead.delete(this.last);
    }
    const wasLive = this.isLive;
    this.head = Math.max(this.head, this.last, ...this.ahead.keys());
    this.isLive ||= this.last >= this.head;
    this.onNext(ready, wasLive);
    this.hearOf(this.head);
  }

  sync() {
    if (!this.connection.isOpen || this.isSyncing) return;
    this.isSyncing = true;
    this.connection.send({ type: "sync", after: this.last });
    this.connection.expect("synced");
  }

  synced({ messages, upto, more }) {
    this.connection.answered("synced");
    this.isSyncing = false;
    this.take(messages, upto);
    if (more && this.isLive) this.sync();
  }

  // The server was too busy for the last sync, so repeat it later.
  syncAgainIn(milliseconds) {
    this.connection.answered("synced");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isSyncing = false;
      this.sync();
    }, milliseconds);
  }

  // Load more if the reader is near the last message shown.
  loadLater() {
    if (!this.isLive) this.sync();
  }

  // How many messages come after this number.
  countAfter(seq) {
    const changes = [...this.changes].filter((change) => change > seq && change <= this.head);
    return this.head - seq - changes.length;
  }

  hasEarlier() {
    return this.first > 1;
  }

  // Load the page of history before the first message, unless one is already loading. Returns
  // whether that worked.
  async loadEarlier() {
    this.isLoading = true;
    const before = this.first;
    try {
      const response = await fetch(`messages/?before=${before}&limit=${PAGE_SIZE}`);
      const { messages, more } = await response.json();
      if (before !== this.first) return true; // it has jumped in the meantime
      this.first = more ? messages[0].seq : 1;
      this.onEarlier(messages);
      return true;
    } catch {
      return false;
    } finally {
      this.isLoading = false;
    }
  }

  // Go to the newest message. The history before it has to be loaded again. The server may have
  // stopped pushing in the meantime, so ask for what comes next.
  jumpToNewest() {
    this.first = this.head + 1;
    this.last = this.head;
    this.ahead.clear();
    this.isLive = true;
    this.sync();
  }

  stop() {
    clearTimeout(this.timer);
    this.isSyncing = false;
  }
}
