// The browser's localStorage. Where a browser refuses it, or it is full, texts last as long as the
// page, so writing and sending still work.

const memory = new Map();

function local() {
  try {
    return Object.fromEntries(Object.entries(localStorage));
  } catch {
    return {};
  }
}

// All texts whose key begins with `prefix`, as [rest of the key, text].
export function entries(prefix) {
  const all = Object.entries({ ...local(), ...Object.fromEntries(memory) });
  const found = all.filter(([key]) => key.startsWith(prefix));
  return found.map(([key, text]) => [key.slice(prefix.length), text]);
}

export function load(key) {
  return memory.get(key) ?? local()[key] ?? "";
}

export function save(key, text) {
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

export function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Then it was not there either.
  }
}

// Call `act` when another tab changes a text whose key begins with `prefix`. The browser's `clear`
// has no key, and changes all of them.
export function onChange(prefix, act) {
  addEventListener("storage", ({ key }) => (key === null || key.startsWith(prefix)) && act());
}
