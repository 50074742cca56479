// The outbox: everything written here that the server hasn't stored yet. Each item has a separate
// key in localStorage, so closing the tab loses nothing and two tabs never overwrite each other's
// items. Two tabs may then send the same item, but the server recognizes it by its client_id.

export class Outbox {
  constructor(user, room) {
    this.prefix = `outbox ${encodeURIComponent(user)} ${room} `;
    this.items = new Map();
  }

  // Add the items that were left in localStorage, by this tab or another one.
  load() {
    for (const [key, value] of Object.entries(localStorage)) {
      const id = key.slice(this.prefix.length);
      if (!key.startsWith(this.prefix) || this.items.has(id)) continue;
      this.items.set(id, { ...JSON.parse(value), id });
    }
  }

  add(fields) {
    const id = newId();
    const at = Math.max(Date.now(), ...this.list().map((item) => item.at + 1));
    localStorage.setItem(this.prefix + id, JSON.stringify({ ...fields, at }));
    this.items.set(id, { ...fields, at, id });
  }

  list() {
    return [...this.items.values()].sort((a, b) => a.at - b.at);
  }

  remove(id) {
    localStorage.removeItem(this.prefix + id);
    this.items.delete(id);
  }
}

// Like crypto.randomUUID(), which a page without TLS may not call.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
