// The composer: the text field, its keys, its length limit and its draft.

import { get } from "./dom.js";
import { loadDraft, onDraftChange, saveDraft } from "./draft.js";

const TYPING_EVERY = 1_000;
const form = get("composer");
const field = get("message");
const limit = Number(field.dataset.limit);
let typedAt = 0;
let edited = null; // the number of the message that is being edited
let original = ""; // its text before the edit
let loaded = ""; // the draft left by another page

// `onSend(text)` is called with a new message, and `onEdit(seq, text)` with a message's new text.
// `onTyping()` is called at most once a second while the user types, and `onEditLast()` when they
// want to edit their last message.
export function startComposer({ onSend, onEdit, onTyping, onEditLast }) {
  showDraft();
  onDraftChange(() => {
    if (edited === null && (!field.value || field.value === loaded)) showDraft();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(onSend, onEdit);
  });
  field.addEventListener("keydown", sendOnEnter);
  field.addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing) cancelEdit();
    if (key === "ArrowUp" && !field.value && edited === null) onEditLast();
  });
  get("cancel").addEventListener("click", cancelEdit);
  field.addEventListener("input", () => {
    checkLength();
    if (edited !== null) return;
    saveDraft(field.value);
    if (field.value.trim() && Date.now() - typedAt >= TYPING_EVERY && onTyping()) {
      typedAt = Date.now();
    }
  });
}

// Show the draft that the last tab left.
function showDraft() {
  loaded = loadDraft();
  setText(loaded);
}

export function setText(text) {
  field.value = text;
  checkLength();
}

// The draft comes back when the edit is done.
export function startEdit(seq, text) {
  edited = seq;
  original = text;
  get("editing").hidden = false;
  setText(text);
  field.focus();
}

export function cancelEdit() {
  if (edited === null) return;
  edited = null;
  get("editing").hidden = true;
  showDraft();
  field.focus();
}

export function focus() {
  field.focus();
}

function submit(onSend, onEdit) {
  const text = field.value;
  const seq = edited;
  if (!text.trim() || charactersOver()) return;
  if (seq !== null) {
    cancelEdit();
    if (text !== original) onEdit(seq, text);
    return;
  }
  setText("");
  saveDraft("");
  onSend(text);
}

// Enter sends the message, unless it's only finishing an input method's composition.
function sendOnEnter(event) {
  const isComposing = event.isComposing || event.keyCode === 229; // Safari only sets this old code
  if (event.key !== "Enter" || event.shiftKey || isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}

// Nothing is cut off: a text that's too long stays in the field until the user shortens it.
function checkLength() {
  const over = charactersOver();
  const sentence = over ? `Shorten this by ${over} character${over === 1 ? "" : "s"}.` : "";
  field.setCustomValidity(sentence);
  get("length").textContent = sentence;
}

// The server counts whole characters, but JavaScript's `length` counts some as two.
function charactersOver() {
  return field.value.length > limit ? Math.max(0, [...field.value].length - limit) : 0;
}
