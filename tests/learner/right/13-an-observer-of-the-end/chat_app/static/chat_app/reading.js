// How far the user has read: everything, while the end of the log is on the screen.

import { get } from "./dom.js";

export class ReadMark {
  constructor(connection, feed) {
    Object.assign(this, { connection, feed });
    this.reported = 0;
    this.isAtEnd = false;
    const options = { root: get("log"), rootMargin: "60px" };
    const observer = new IntersectionObserver((entries) => this.look(entries.at(-1)), options);
    observer.observe(get("end"));
  }

  look({ isIntersecting }) {
    this.isAtEnd = isIntersecting;
    this.update();
  }

  update() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.report(), 100);
  }

  report() {
    if (document.visibilityState !== "visible" || !this.isAtEnd || !this.connection.isOpen) return;
    if (!(this.feed.last > this.reported)) return;
    this.reported = this.feed.last;
    this.connection.send({ type: "seen", seq: this.reported });
  }
}
