// All that isn't stored yet is one list under one key, which every tab reads again before it writes.
export class Outbox {
  constructor(user, room) {
    this.key = `unsent in ${room} by ${user}`;
    this.items = new Map();
  }

  read() {
    return JSON.parse(localStorage.getItem(this.key) ?? "[]");
  }

  write(list) {
    localStorage.setItem(this.key, JSON.stringify(list));
  }

  load() {
    for (const item of this.read()) if (!this.items.has(item.id)) this.items.set(item.id, item);
  }

  add(fields) {
    const [a, b] = crypto.getRandomValues(new BigUint64Array(2));
    const hex = [a, b].map((half) => half.toString(16).padStart(16, "0")).join("");
    const item = { ...fields, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"), at: Date.now() };
    this.items.set(item.id, item);
    this.write([...this.read(), item]);
  }

  list() {
    return [...this.items.values()];
  }

  remove(id) {
    this.items.delete(id);
    this.write(this.read().filter((item) => item.id !== id));
  }
}
