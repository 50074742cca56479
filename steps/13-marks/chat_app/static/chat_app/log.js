import { apply, applyKept, isChange } from "./changes.js";
import { get, user } from "./dom.js";
import { lineOf, setState } from "./message.js";

const [log, earlier, latest, waiting] = ["log", "earlier", "latest", "waiting"].map(get);
let following = true;
let seenByOthers = 0;

export function prepend(messages) {
  const fromEnd = log.scrollHeight - log.scrollTop;
  const lines = messages.map(storedLine);
  earlier.prepend(...lines);
  lines.forEach(applyKept);
  log.scrollTop = log.scrollHeight - fromEnd;
}

// Draw messages after all others, and changes where they belong.
export function append(items) {
  latest.append(...items.filter((item) => !isChange(item)).map(storedLine));
  items.filter(isChange).forEach(apply);
  keepPlace();
}

// Draw the outbox, below all other messages.
export function drawOutbox(items) {
  waiting.replaceChildren(...items.map(waitingLine));
  keepPlace();
}

function storedLine(message) {
  const line = lineOf(message);
  showState(line);
  return line;
}

// Say on the user's own messages whether somebody else has read them.
function showState(line) {
  if (line.classList.contains("own")) {
    setState(line, line.dataset.seq <= seenByOthers ? "Seen" : "Saved");
  }
}

export function markSeen(seq) {
  seenByOthers = Math.max(seenByOthers, seq);
  for (const line of log.querySelectorAll(".own[data-seq]")) showState(line);
}

function waitingLine({ type, message = "Message deleted", at }) {
  return lineOf({ author: user, message, at, edited: type === "edit" });
}

export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) log.scrollTop = log.scrollHeight;
}

export const isFollowing = () => following;

export function onScroll(act) {
  log.addEventListener("scroll", () => {
    following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    act();
  });
}

new ResizeObserver(() => keepPlace()).observe(log);
