// The actions on stored messages: authors can edit and delete their own, and the room's owner can
// delete any. A button on each of these messages opens a shared menu, and other apps can add items
// to it: see plugins.py.

import { get } from "./dom.js";
import { isOwn, lineText, mayDelete } from "./message.js";

const log = get("log");
const menu = get("menu");
const confirmation = get("confirmation");
let line; // the menu's message

// `onEdit(seq, text)` starts an edit. `onDelete(seq)` deletes, after the user has confirmed it.
export function startActions({ onEdit, onDelete }) {
  log.addEventListener("click", ({ target }) => target.closest(".menu-button") && open(target));
  log.addEventListener("keydown", moveBetweenMessages);
  menu.addEventListener("keydown", moveInMenu);
  get("edit").addEventListener("click", () => {
    menu.hidePopover();
    onEdit(Number(line.dataset.seq), lineText(line));
  });
  get("delete").addEventListener("click", () => {
    menu.hidePopover();
    ask(onDelete);
  });
}

// Close the menu and the question, which shows the message.
export function closeActions() {
  menu.hidePopover();
  confirmation.close();
  get("message-to-delete").textContent = "";
}

function open(button) {
  line = button.closest("li");
  get("edit").hidden = !isOwn(line);
  get("delete").hidden = !mayDelete(line);
  dispatchEvent(new CustomEvent("chat-menu", { detail: { item: line } }));
  menu.showPopover();
  const { bottom, right } = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.top = `${Math.min(bottom, innerHeight - height)}px`;
  menu.style.left = `${Math.max(log.getBoundingClientRect().left, right - width)}px`;
  menu.querySelector("button:not([hidden])").focus();
}

function ask(onDelete) {
  confirmation.returnValue = "";
  confirmation.onclose = () => confirmation.returnValue && onDelete(Number(line.dataset.seq));
  get("message-to-delete").textContent = lineText(line);
  confirmation.showModal();
}

// All buttons together are one tab stop, and the arrow keys move between messages.
function moveBetweenMessages(event) {
  const button = event.target.closest(".menu-button");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!button || !step) return;
  event.preventDefault();
  const buttons = [...log.querySelectorAll(".menu-button")];
  const next = buttons[buttons.indexOf(button) + step];
  if (!next) return;
  button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function moveInMenu(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("button:not([hidden])")];
  const next = items.indexOf(document.activeElement) + step;
  items.at(next % items.length).focus();
}
