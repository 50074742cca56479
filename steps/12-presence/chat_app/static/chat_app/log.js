import { apply, applyKept, isChange } from "./changes.js";
import { get, user } from "./dom.js";
import { lineOf } from "./message.js";

const [log, earlier, latest, waiting] = ["log", "earlier", "latest", "waiting"].map(get);
let following = true;

export function prepend(messages) {
  const fromEnd = log.scrollHeight - log.scrollTop;
  const lines = messages.map(lineOf);
  earlier.prepend(...lines);
  lines.forEach(applyKept);
  log.scrollTop = log.scrollHeight - fromEnd;
}

// Draw messages after all others, and changes where they belong.
export function append(items) {
  latest.append(...items.filter((item) => !isChange(item)).map(lineOf));
  items.filter(isChange).forEach(apply);
  keepPlace();
}

// Draw the outbox, below all other messages.
export function drawOutbox(items) {
  waiting.replaceChildren(...items.map(waitingLine));
  keepPlace();
}

function waitingLine({ type, message = "Message deleted", at }) {
  return lineOf({ author: user, message, at, edited: type === "edit" });
}

export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) log.scrollTop = log.scrollHeight;
}

log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
});
new ResizeObserver(() => keepPlace()).observe(log);
