// The composer: the field for a new message, or for the new text of an old one.

import { get } from "./dom.js";

const TYPING_EVERY = 1_000;
const field = get("message");
let typedAt = 0;
let editedSeq = null; // the number of the message that is being edited
let draft = ""; // unfinished text, put aside during an edit

// `onSend(text)` is called with a new message, `onEdit(seq, text)` with a message's new text, and
// `onTyping()` while somebody types, at most once a second.
export function startComposer({ onSend, onEdit, onTyping }) {
  get("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const seq = editedSeq;
    const text = field.value;
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
  if (editedSeq === null) draft = field.value;
  editedSeq = seq;
  get("editing").hidden = false;
  field.value = text;
  field.focus();
}

// Put text that the server refused back into the field.
export function putBack(text) {
  if (editedSeq === null) field.value = text + field.value;
  else draft = text + draft;
}

function cancelEdit() {
  field.focus();
  if (editedSeq === null) return;
  editedSeq = null;
  get("editing").hidden = true;
  field.value = draft;
}
