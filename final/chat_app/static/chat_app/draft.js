// The draft: unsent text in the composer. It's stored per user and room, so it survives a reload,
// a visit to another room or a new login, and nobody else ever sees it.

import { room, user } from "./dom.js";
import * as storage from "./storage.js";

const key = `draft ${encodeURIComponent(user)} ${room}`;
let hidden = null; // text written before the user was logged out

export function loadDraft() {
  return hidden === null ? storage.load(key) : "";
}

export function saveDraft(text) {
  const texts = [hidden, text].filter(Boolean);
  if (texts.length) storage.save(key, texts.join("\n"));
  else storage.remove(key);
}

// The user was logged out, and someone else may be looking. Anything written from now on is added
// to the stored draft.
export function hideDraft() {
  hidden = loadDraft();
}

export function onDraftChange(act) {
  storage.onChange(key, act);
}
