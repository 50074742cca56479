// Who is here, and who is typing.

import { get, user } from "./dom.js";

const TYPING_FOR = 3_000;
const typing = new Map(); // {name: timer}

export function setPeople(names) {
  get("here").textContent = names.join(", ");
}

export function startTyping(name) {
  clearTimeout(typing.get(name));
  typing.set(name, setTimeout(stopTyping, TYPING_FOR, name));
  showTyping();
}

export function stopTyping(name) {
  clearTimeout(typing.get(name));
  typing.delete(name);
  showTyping();
}

function showTyping() {
  const names = [...typing.keys()].filter((name) => name !== user);
  const verb = names.length === 1 ? "is" : "are";
  get("typing").textContent = names.length ? `${names.join(", ")} ${verb} typing…` : "";
}
