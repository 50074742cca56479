// The browser's localStorage. If it's full or not allowed, texts are kept only as long as the page
// is open, so writing and sending still work.

const memory = new Map();

function local() {
  try {
    return Object.fromEntries(Object.entries(localStorage));
  } catch {
    return {};
  }
}

// All texts with keys that start with `prefix`, as [rest of the key, text].
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
    // Then it wasn't there in the first place.
  }
}

// Call `act` when another tab changes a text with a key that starts with `prefix`. After `clear`,
// the event has no key, because everything has changed.
export function onChange(prefix, act) {
  addEventListener("storage", ({ key }) => (key === null || key.startsWith(prefix)) && act());
}
