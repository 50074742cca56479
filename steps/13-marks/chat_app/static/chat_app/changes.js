// Edits and deletions, in the order of their numbers. A change of a message that isn't shown is
// kept until the message is, because its page of history may have been read before the change.

import { get } from "./dom.js";
import { isDeleted, markDeleted, setText } from "./message.js";

const kept = new Map(); // {number of a message: its changes}

export const isChange = (item) => "edits" in item || "deletes" in item;

export function apply(change) {
  const target = change.edits ?? change.deletes;
  const line = get("log").querySelector(`li[data-seq="${target}"]`);
  if (line) applyTo(line, change);
  else kept.set(target, [...(kept.get(target) ?? []), change]);
}

// Apply what was kept for a message that is now shown.
export function applyKept(line) {
  const seq = Number(line.dataset.seq);
  for (const change of kept.get(seq) ?? []) applyTo(line, change);
  kept.delete(seq);
}

function applyTo(line, change) {
  if (isDeleted(line)) return;
  if ("deletes" in change) markDeleted(line);
  else setText(line, change.message, "edited");
}
