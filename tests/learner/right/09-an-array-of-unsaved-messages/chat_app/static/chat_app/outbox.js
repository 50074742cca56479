// One array holds what isn't saved, oldest first, and every tab counts its own messages.
const tab = Array.from(crypto.getRandomValues(new Uint8Array(10)), hex).join("");

function hex(byte) {
  return byte.toString(16).padStart(2, "0");
}

export class Outbox {
  unsaved = [];
  count = 0;

  add(fields) {
    this.count += 1;
    const digits = tab + this.count.toString(16).padStart(12, "0");
    const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    this.unsaved.push({ ...fields, id, at: new Date().toJSON() });
  }

  find(id) {
    return this.unsaved.find((item) => item.id === id);
  }

  list() {
    return this.unsaved;
  }

  remove(id) {
    this.unsaved = this.unsaved.filter((item) => item.id !== id);
  }
}
