// What is unread in all rooms, for all tabs of this browser: one of them has the connection and
// tells the others. The tab that holds a Web Lock is that one; when it closes, the next one gets
// the lock. Without locks, as on a page that didn't come over HTTPS, each tab has a connection.

import { Connection, NOT_LOGGED_IN } from "../chat_app/connection.js";

const PATIENCE = 45_000; // the server repeats itself every 20 seconds

// `onNews({ rooms, isLive }, before)` is called in every tab. `rooms` is {name: { unread, mentions
// }}. `before` is what was known before, only in the tab with the connection, and else null.
export class SharedCounts {
  constructor(user, onNews) {
    this.name = `notices-${user}`;
    this.onNews = onNews;
    this.state = null;
    this.connection = null;
    this.release = null; // gives the lock to the next tab
    this.heardAt = Date.now();
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.hear(data);
  }

  start() {
    this.channel.postMessage({ question: true });
    this.queue();
    addEventListener("pagehide", () => this.stop());
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    setInterval(() => this.takeOver(), PATIENCE);
  }

  // Wait for the lock; with `steal`, take it from the tab that holds it.
  queue(steal = false) {
    if (!navigator.locks) return this.connect();
    const held = () => {
      this.connect();
      return new Promise((resolve) => (this.release = resolve));
    };
    navigator.locks.request(this.name, { steal }, held).catch(() => {
      this.stop();
      this.queue();
    });
  }

  // Browsers may suspend a tab in the background, and with it the connection of all tabs.
  takeOver() {
    const isSilent = Date.now() - this.heardAt > PATIENCE;
    if (isSilent && !document.hidden && !this.connection && navigator.locks) this.queue(true);
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.connection = new Connection(`${scheme}//${location.host}/ws/notices/`, {
      onFrame: ({ rooms }) => rooms && this.publish({ rooms, isLive: true }),
      onLost: (code) => this.lose(code),
      onSilence: () => this.connection.lose(),
    });
    this.connection.open();
  }

  stop() {
    this.connection?.close();
    this.connection = null;
    this.release?.();
    this.release = null;
  }

  wake() {
    this.connection?.wake();
    this.takeOver();
  }

  lose(code) {
    const rooms = code === NOT_LOGGED_IN ? {} : (this.state?.rooms ?? {});
    this.publish({ rooms, isLive: false, isLoggedOut: code === NOT_LOGGED_IN });
  }

  publish(state) {
    const before = this.state;
    this.state = state;
    this.heardAt = Date.now();
    this.channel.postMessage({ state });
    this.onNews(state, before ?? state);
  }

  hear({ question, state }) {
    if (question) return this.connection && this.state && this.channel.postMessage({ state: this.state });
    this.state = state;
    this.heardAt = Date.now();
    this.onNews(state, null);
  }
}
