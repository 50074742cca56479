// The composer: the field to write in, for a new message or for the new text of an old one.

import { get } from "./dom.js";

const TYPING_EVERY = 1_000;
const field = get("message");
let typedAt = 0;
let edited = null; // the number of the message that is being edited
let draft = ""; // waits until the edit has ended

// `onSend(text)` gets what was written, `onEdit(seq, text)` the new text of a message, and
// `onTyping()` hears at most once a second that it grows.
export function startComposer({ onSend, onEdit, onTyping }) {
  get("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const [seq, text] = [edited, field.value];
    if (!text.trim()) return;
    cancelEdit();
    if (seq !== null) return onEdit(seq, text);
    field.value = "";
    onSend(text);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) cancelEdit();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    get("composer").requestSubmit();
  });
  field.addEventListener("input", () => {
    if (Date.now() - typedAt < TYPING_EVERY) return;
    typedAt = Date.now();
    onTyping();
  });
  get("cancel").addEventListener("click", cancelEdit);
}

export function startEdit(seq, text) {
  if (edited === null) draft = field.value;
  edited = seq;
  get("editing").hidden = false;
  field.value = text;
  field.focus();
}

// What the server didn't take goes back into the field.
export function putBack(text) {
  if (edited === null) field.value = text + field.value;
  else draft = text + draft;
}

function cancelEdit() {
  field.focus();
  if (edited === null) return;
  edited = null;
  get("editing").hidden = true;
  field.value = draft;
}
