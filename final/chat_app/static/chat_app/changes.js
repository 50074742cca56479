// Stored edits and deletions, in the order of their numbers, and those waiting in the outbox. If a
// change's message isn't shown yet, the change is kept until that page of history arrives, because
// the server may have read the page just before the change.

import {
  isDeleted,
  lineText,
  markDeleted,
  setProblem,
  setState,
  setText,
  showText,
} from "./message.js";
import { get } from "./dom.js";
import { itemState } from "./outbox.js";

const kept = new Map(); // {number of a message: its changes}
const pending = new Map(); // {client_id: line}

export const isChange = (message) => "edits" in message || "deletes" in message;

function findLine(seq) {
  return get("log").querySelector(`li[data-seq="${seq}"]`);
}

// Show a stored change.
export function apply(change) {
  const target = change.edits ?? change.deletes;
  const line = findLine(target);
  if (line) applyTo(line, change);
  else kept.set(target, [...(kept.get(target) ?? []), change]);
}

// Apply what was kept for a message that is now shown.
export function applyKept(line) {
  const seq = Number(line.dataset.seq);
  for (const change of kept.get(seq) ?? []) applyTo(line, change);
  kept.delete(seq);
}

// Forget the kept changes, because the page of history about to be requested includes them.
// Applying an old change again would undo later ones that the page may have skipped.
export function forgetKept() {
  kept.clear();
}

function applyTo(line, change) {
  if (isDeleted(line)) return;
  if ("deletes" in change) markDeleted(line);
  else setText(line, change.message, "edited");
}

// Show the changes in the outbox. When a change has left it, the line shows its stored text again,
// and `restoreState(line)` shows the message's own state.
export function drawPending(items, actionsFor, restoreState) {
  const ids = new Set(items.map(({ id }) => id));
  for (const [id, line] of pending) {
    if (ids.has(id)) continue;
    pending.delete(id);
    showText(line, lineText(line));
    setProblem(line, "");
    restoreState(line);
  }
  for (const item of items) drawItem(item, actionsFor(item));
}

function drawItem(item, actions) {
  const line = findLine(item.seq);
  if (!line) return;
  pending.set(item.id, line);
  if (item.type === "edit") showText(line, item.message);
  setState(line, itemState(item));
  setProblem(line, item.problem, actions);
}
