// The outbox: the messages written on this page that the server hasn't stored yet.

export class Outbox {
  constructor() {
    this.items = new Map();
  }

  add(fields) {
    const id = newId();
    this.items.set(id, { ...fields, at: Date.now(), id });
  }

  list() {
    return [...this.items.values()];
  }

  remove(id) {
    this.items.delete(id);
  }
}

// Like crypto.randomUUID(), which a page without TLS may not call.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
