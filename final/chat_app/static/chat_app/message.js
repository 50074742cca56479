// One message as a line in the log. The server renders a page's first messages with the same
// template.

import { copyTemplate, element, get, user } from "./dom.js";
import { dayName, timeOf } from "./times.js";

const NOBODY = "Deleted account";
const DELETED = "Message deleted";
// The line's stored text. Edits waiting in the outbox don't change it.
const texts = new WeakMap();
const isOwner = get("log").dataset.owner === "1";
// The menu label for actions that another app offers on other people's messages. See plugins.py.
const labelForOthers = get("menu").dataset.others;

// A line for a message from the server, or for one that's still in the outbox without a number.
export function lineOf({ author, name, message, at, seq = Infinity, edited, deleted }) {
  const line = copyTemplate("message-template");
  showAuthor(line.querySelector("bdi"), author, name);
  line.querySelector("small time").dateTime = new Date(at).toJSON();
  line.classList.toggle("own", author === user);
  line.dataset.author = author ?? "";
  line.dataset.seq = seq;
  setText(line, message, edited ? "edited" : "");
  if (deleted) markDeleted(line);
  return localize(line);
}

// With a display name, hovering shows the username.
function showAuthor(place, author, name) {
  place.textContent = author === user ? "You" : name || author || NOBODY;
  if (name && author !== user) place.title = author;
}

// Take over a line that the server has rendered.
export function adopt(line) {
  texts.set(line, line.querySelector("p").textContent);
  localize(line);
  offerMenu(line);
}

// Show the line's time in the reader's time zone, which the server doesn't know.
function localize(line) {
  const time = line.querySelector("small time"); // not the one in the day heading
  const at = Date.parse(time.dateTime);
  line.dataset.at = at;
  time.textContent = timeOf(at);
  return line;
}

export function isOwn(line) {
  return line.dataset.author === user;
}

export function lineText(line) {
  return texts.get(line);
}

// `mark` says that the message was edited.
export function setText(line, text, mark = "") {
  texts.set(line, text);
  showText(line, text);
  line.querySelector("small i").textContent = mark;
}

// Show a text, which may not be stored yet. Other apps' scripts are told: see plugins.py.
export function showText(line, text) {
  line.querySelector("p").textContent = text;
  dispatchEvent(new CustomEvent("chat-text", { detail: { item: line } }));
}

export function markDeleted(line) {
  setText(line, DELETED);
  line.classList.add("deleted");
  line.querySelector(".menu-button")?.remove();
}

export const isDeleted = (line) => line.classList.contains("deleted");

export const mayDelete = (line) => isOwn(line) || isOwner;

// Add a menu button to the line if the menu has something for this reader.
export function offerMenu(line) {
  if (isDeleted(line) || !(mayDelete(line) || labelForOthers)) return;
  const button = copyTemplate("menu-template");
  if (!mayDelete(line)) button.setAttribute("aria-label", labelForOthers);
  line.querySelector("small").append(button);
}

// Show the message's state: "Sending", "Saved", "Seen" or "Not sent". Other people's messages don't
// have one.
export function setState(line, state) {
  if (state) line.dataset.state = state;
  else delete line.dataset.state;
  line.querySelector("small span").textContent = state;
}

// Say what's wrong with a message, and offer buttons: { name: action }.
export function setProblem(line, text, actions) {
  const existing = line.querySelector(".problem");
  if (!text) return existing?.remove();
  if (existing) return;
  const problem = element("p", { className: "problem", textContent: text });
  for (const [name, onclick] of Object.entries(actions)) {
    problem.append(" ", element("button", { className: "link", textContent: name, onclick }));
  }
  line.append(problem);
}

// Add or remove the day heading above the line.
export function setDay(line, isShown) {
  line.querySelector(".day")?.remove();
  delete line.dataset.day;
  if (!isShown) return;
  const heading = copyTemplate("day-template");
  const time = heading.querySelector("time");
  const at = new Date(Number(line.dataset.at));
  time.dateTime = at.toJSON();
  time.textContent = dayName(at);
  line.dataset.day = time.textContent;
  line.prepend(heading);
}
