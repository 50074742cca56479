// How far the user has read: everything, if they look at the page and have scrolled to its end.

import * as log from "./log.js";

const REPORT_AFTER = 300;

export class ReadMark {
  constructor(connection, feed) {
    this.connection = connection;
    this.feed = feed;
    this.reported = 0;
  }

  // What comes within a moment is reported together.
  update() {
    if (!document.hidden && log.isFollowing()) {
      this.timer ??= setTimeout(() => this.report(), REPORT_AFTER);
    }
  }

  report() {
    this.timer = null;
    if (!this.connection.isOpen || !(this.feed.last > this.reported)) return;
    this.reported = this.feed.last;
    this.connection.send({ type: "seen", seq: this.reported });
  }
}
