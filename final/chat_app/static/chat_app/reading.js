// How far the user has read: up to the last message that they've had on a screen they were looking
// at. The tab's title and the button to the newest message count the rest.

import { get, user } from "./dom.js";
import { setUnread } from "./title.js";

const REPORT_AFTER = 300;

export class ReadMark {
  constructor(connection, feed, log, { seen, firstUnread }) {
    this.connection = connection;
    this.feed = feed;
    this.log = log;
    this.seen = seen;
    this.firstUnread = firstUnread ?? Infinity; // when the page was opened
    this.reported = 0; // what the server knows
    this.timer = null;
  }

  // The server's mark may be further ahead, because the user has read on in another tab.
  welcome(seen) {
    this.reported = seen;
    this.seen = Math.max(this.seen, seen);
    this.update();
  }

  // Record how far the reader can see now.
  update() {
    if (!document.hidden) this.seen = Math.max(this.seen, this.visible());
    while (this.feed.changes.has(this.seen + 1)) this.seen += 1;
    if (this.seen > this.reported) this.reportSoon();
    const unread = this.feed.countAfter(this.seen);
    setUnread(unread);
    get("newest").textContent = unread === 1 ? "1 new message" : `${unread} new messages`;
    get("newest").hidden = unread <= 0 || (this.feed.isLive && this.log.isFollowing());
  }

  // A link may open the page below unread messages. They stay unread until the reader scrolls back
  // to them, or on to the end.
  visible() {
    const isAtEnd = this.feed.isLive && this.log.isFollowing();
    if (isAtEnd) return this.feed.last;
    const isBelowUnread = this.seen < this.firstUnread && this.firstUnread < this.feed.first;
    return isBelowUnread ? 0 : this.log.lastVisible();
  }

  // If the user writes right after the last message they've read, their own message is read too.
  skipOwn(messages) {
    for (const { seq, author } of messages) {
      if (author === user && seq === this.seen + 1) this.seen = seq;
    }
  }

  reportSoon() {
    this.timer ??= setTimeout(() => this.report(), REPORT_AFTER);
  }

  report() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.connection.isOpen || this.seen <= this.reported) return;
    this.reported = this.seen;
    this.connection.send({ type: "seen", seq: this.seen });
  }
}
