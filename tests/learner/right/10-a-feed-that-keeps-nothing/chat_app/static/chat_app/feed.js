// What comes too early is thrown away: the answer to the sync brings it again, in its place.
export class Feed {
  constructor(connection, onNext) {
    Object.assign(this, { connection, onNext, isAsking: false });
  }

  hearOf(head) {
    if (this.last === undefined) Object.assign(this, { first: head + 1, last: head });
    else if (head > this.last) this.ask();
  }

  take(messages) {
    const later = messages.filter(({ seq }) => seq > this.last);
    later.sort((a, b) => a.seq - b.seq);
    const next = later.filter(({ seq }, index) => seq === this.last + 1 + index);
    this.last += next.length;
    this.onNext(next);
    if (next.length < later.length) this.ask();
  }

  ask() {
    if (!this.isAsking) this.connection.send({ type: "sync", after: this.last });
    this.isAsking = true;
  }

  synced({ messages, more }) {
    this.isAsking = false;
    this.take(messages);
    if (more) this.ask();
  }

  stop() {
    this.isAsking = false;
  }
}
