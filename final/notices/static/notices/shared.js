// Shares unread counts for all rooms between this browser's tabs. The tab that holds a Web Lock has
// the connection, and it tells the others. When that tab closes, another one gets the lock. If
// there are no locks, as on pages without HTTPS, every tab has a connection.

import { Connection, NOT_LOGGED_IN } from "../chat_app/connection.js";

const PATIENCE = 45_000; // the server repeats itself every 20 seconds

// `onNews({ rooms, isLive }, before)` is called in every tab. `rooms` is {name: { unread, mentions
// }}. `before` is its previous value in the tab that has the connection, and null in the others.
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

  // Wait for the lock or, with `steal`, take it from the tab that has it.
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

  // Browsers may suspend a background tab, and with it the connection that all tabs rely on.
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
