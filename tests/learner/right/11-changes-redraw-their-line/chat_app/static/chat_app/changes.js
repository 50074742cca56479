// A change replaces the line of its message by a new one. All changes are kept, for what comes later.
import { get } from "./dom.js";
import { isDeleted, lineOf } from "./message.js";

const all = [];

export const isChange = ({ edits, deletes }) => edits !== undefined || deletes !== undefined;

function redraw(line, { author, message, deletes }) {
  if (isDeleted(line)) return line;
  const at = line.querySelector("time").dateTime;
  const writer = line.querySelector("bdi").textContent || author;
  const seq = Number(line.dataset.seq);
  const fresh = lineOf({ author: writer, message, at, seq, edited: true, deleted: deletes !== undefined });
  fresh.dataset.seq = seq;
  line.replaceWith(fresh);
  return fresh;
}

const lineOfNumber = (seq) => get("log").querySelector(`[data-seq="${seq}"]`);

export function apply(change) {
  all.push(change);
  const line = lineOfNumber(change.edits ?? change.deletes);
  if (line) redraw(line, change);
}

export function applyKept(line) {
  const seq = Number(line.dataset.seq);
  const about = all.filter(({ edits, deletes }) => (edits ?? deletes) === seq);
  about.reduce(redraw, line);
}
