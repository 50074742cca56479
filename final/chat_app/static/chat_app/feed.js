// The feed: which messages of the room the page shows. The database numbers them without holes, and
// the page shows all of them from `first` to `last`. When it hears of a later one that does not
// follow, it asks for what is between (`sync`).
//
// A page that opens at the first unread message does not show the newest ones yet. It is `isLive`
// once it does; until then, it asks only for what the reader scrolls to.

import { isChange } from "./changes.js";

const PAGE_SIZE = 50;

// `onNext(messages)` draws what follows the last message, `onEarlier` what comes before the first.
export class Feed {
  constructor(connection, { first, last, head, changes }, { onNext, onEarlier }) {
    this.connection = connection;
    this.first = first;
    this.last = last;
    this.head = head; // the newest message that the page has heard of
    this.onNext = onNext;
    this.onEarlier = onEarlier;
    this.changes = new Set(changes); // the numbers of edits and deletions, which nobody reads
    this.ahead = new Map();
    this.isLive = last >= head;
    this.isSyncing = false;
    this.isLoading = false;
    this.timer = null;
  }

  // The room has messages up to this number, or further.
  hearOf(head) {
    this.head = Math.max(this.head, head);
    if (this.isLive && this.last < this.head) this.sync();
  }

  // The server has stopped pushing until the page asks.
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

  // The server was too busy for the last sync: repeat it later.
  syncAgainIn(milliseconds) {
    this.connection.answered("synced");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isSyncing = false;
      this.sync();
    }, milliseconds);
  }

  // Load more for a reader who is near the last message that is shown.
  loadLater() {
    if (!this.isLive) this.sync();
  }

  // How many messages have a number above this one.
  countAfter(seq) {
    const changes = [...this.changes].filter((change) => change > seq && change <= this.head);
    return this.head - seq - changes.length;
  }

  hasEarlier() {
    return this.first > 1;
  }

  // Load the page of history before the first message, if none is loading. Returns whether that
  // worked.
  async loadEarlier() {
    this.isLoading = true;
    const before = this.first;
    try {
      const response = await fetch(`messages/?before=${before}&limit=${PAGE_SIZE}`);
      const { messages, more } = await response.json();
      if (before !== this.first) return true; // it has jumped meanwhile
      this.first = more ? messages[0].seq : 1;
      this.onEarlier(messages);
      return true;
    } catch {
      return false;
    } finally {
      this.isLoading = false;
    }
  }

  // Go to the newest message; the history before it has to be loaded afresh. The server may have
  // stopped pushing meanwhile, so ask for what comes next.
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
