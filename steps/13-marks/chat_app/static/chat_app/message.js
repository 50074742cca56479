// One message as a line of the log.

import { element, get, user } from "./dom.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const isOwner = get("log").dataset.owner === "1";

// A line for a message from the server, or without a number: for an error or the outbox.
export function lineOf({ author = "", message, at = Date.now(), seq, isError, edited, deleted }) {
  const date = new Date(at);
  const line = element("li", isError ? "error" : author === user ? "own" : "");
  const time = element("time", "", clock.format(date), { dateTime: date.toJSON() });
  const text = element("p", "", "", { dir: "auto" });
  line.append(element("bdi", "", author), text, element("i"), time, element("span"));
  setText(line, message, edited ? "edited" : "");
  if (deleted) markDeleted(line);
  else if (seq) offerActions(line, seq, author === user);
  return line;
}

export const lineText = (line) => line.querySelector("p").textContent;
export const isDeleted = (line) => line.classList.contains("deleted");

// `mark` tells the reader that the text was edited.
export function setText(line, text, mark = "") {
  line.querySelector("p").textContent = text;
  line.querySelector("i").textContent = mark;
}

export function markDeleted(line) {
  setText(line, "Message deleted");
  line.classList.add("deleted");
  for (const button of line.querySelectorAll("button")) button.remove();
}

// How far the user's own message has come: "Saved" or "Seen".
export function setState(line, state) {
  line.querySelector("span").textContent = state;
}

// Authors change their own messages; the room's owner deletes any.
function offerActions(line, seq, isOwn) {
  line.dataset.seq = seq;
  if (isOwn) line.append(element("button", "link edit", "Edit"));
  if (isOwn || isOwner) line.append(element("button", "link delete", "Delete"));
}
