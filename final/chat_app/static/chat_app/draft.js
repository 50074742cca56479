// The draft: text in the composer that is not sent yet. It is kept for each user and room, so a
// reload, a visit to another room or a new log-in brings it back, and nobody else ever sees it.

import { room, user } from "./dom.js";
import * as storage from "./storage.js";

const key = `draft ${encodeURIComponent(user)} ${room}`;
let hidden = null; // what was written before the user was logged out

export function loadDraft() {
  return hidden === null ? storage.load(key) : "";
}

export function saveDraft(text) {
  const texts = [hidden, text].filter(Boolean);
  if (texts.length) storage.save(key, texts.join("\n"));
  else storage.remove(key);
}

// The user is logged out, and somebody else may be looking: what is written from now on is added to
// the draft that is kept.
export function hideDraft() {
  hidden = loadDraft();
}

export function onDraftChange(act) {
  storage.onChange(key, act);
}
