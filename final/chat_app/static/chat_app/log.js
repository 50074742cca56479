// The log: puts messages in order and keeps the reader's place among them. It has three lists. The
// first has the messages that came with the page, which screen readers don't announce. The second
// is the live log, for new messages. The third, below them, has messages that aren't stored yet.

import { apply, applyKept, drawPending, isChange } from "./changes.js";
import { get, user } from "./dom.js";
import {
  adopt as adoptLine,
  isDeleted,
  isOwn,
  lineOf,
  offerMenu,
  setDay,
  setProblem,
  setState,
} from "./message.js";
import { itemState } from "./outbox.js";
import { isSameDay } from "./times.js";

const GROUPED_WITHIN = 5 * 60_000;
const NEAR = 400; // pixels
const AT_END = 60;

const log = get("log");
const earlier = get("earlier");
const latest = get("latest");
const waiting = get("waiting");
const waitingLines = new Map(); // {client_id: line}
let following = true;
let seenByOthers = 0;

// Take over the messages that the server has rendered, and open at the linked message or the first
// unread one.
export function adopt() {
  [...earlier.children].forEach(adoptLine);
  moveTabStop();
  regroup();
  const start = log.querySelector("[aria-current]") ?? log.querySelector(".new");
  start?.scrollIntoView({ block: "center" });
  following = !start || isAtEnd();
  keepPlace();
}

// Draw a page of history above all other messages.
export function prepend(messages) {
  const toBottom = log.scrollHeight - log.scrollTop;
  const lines = messages.map(newLine);
  const next = lines.length ? allLines()[0] : null;
  earlier.prepend(...lines);
  lines.forEach(group);
  if (next) group(next);
  lines.forEach(applyKept);
  announce(lines, messages);
  moveTabStop();
  log.scrollTop = log.scrollHeight - toBottom;
  keepPlace();
}

// Draw new messages below all others, and apply changes to the messages that they change. Messages
// up to number `known` are older than the page.
export function append(items, { known, mayFollow }) {
  const messages = items.filter((item) => !isChange(item));
  const lines = messages.map(newLine);
  for (const line of lines) {
    const list = line.dataset.seq <= known ? earlier : latest;
    list.append(line);
  }
  lines.forEach(group);
  items.filter(isChange).forEach(apply);
  announce(lines, messages);
  moveTabStop();
  if (!mayFollow && lines.length) following = false;
  keepPlace();
}

// Draw the outbox. `actionsFor(item)` returns the actions for a refused item.
export function drawOutbox(items, actionsFor) {
  const messages = items.filter(({ type }) => type === "message");
  drawWaiting(messages, actionsFor);
  const changes = items.filter(({ type }) => type !== "message");
  drawPending(changes, actionsFor, (line) => setState(line, lineState(line)));
}

function drawWaiting(items, actionsFor) {
  const ids = new Set(items.map(({ id }) => id));
  for (const [id, line] of waitingLines) if (!ids.has(id)) removeWaiting(id, line);
  for (const item of items) {
    if (!waitingLines.has(item.id)) addWaiting(item);
    const line = waitingLines.get(item.id);
    setState(line, itemState(item));
    setProblem(line, item.problem, actionsFor(item));
  }
  [...waiting.children].forEach(group);
  keepPlace();
}

function addWaiting(item) {
  const line = lineOf({ ...item, author: user });
  waitingLines.set(item.id, line);
  waiting.append(line);
}

function removeWaiting(id, line) {
  waitingLines.delete(id);
  line.remove();
}

export function clear() {
  waitingLines.clear();
  for (const list of [earlier, latest, waiting]) list.replaceChildren();
  following = true;
}

export function markSeen(seq) {
  seenByOthers = Math.max(seenByOthers, seq);
  for (const line of log.querySelectorAll("[data-state='Saved']")) {
    if (line.dataset.seq <= seenByOthers) setState(line, "Seen");
  }
}

// Stay at the end if the reader was there, or go there.
export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) log.scrollTop = log.scrollHeight;
}

export const isFollowing = () => following;
export const isNearStart = () => log.scrollTop < NEAR;
export const isNearEnd = () => fromEnd() < NEAR;
const isAtEnd = () => fromEnd() < AT_END;
const fromEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight;

// The number of the last stored message with its end on the screen, or 0.
export function lastVisible() {
  const { bottom } = log.getBoundingClientRect();
  const line = allLines().findLast((each) => each.getBoundingClientRect().bottom <= bottom + 1);
  return Number(line?.dataset.seq ?? 0);
}

export function onScroll(act) {
  log.addEventListener("scroll", () => {
    following = isAtEnd();
    act();
  });
}

// Work out every line's day heading and group again.
export function regroup() {
  for (const line of [...allLines(), ...waiting.children]) group(line);
}

const allLines = () => [...earlier.children, ...latest.children];

// The user's last editable message, if there is one.
export function lastOwn() {
  return allLines().findLast((line) => isOwn(line) && !isDeleted(line));
}

function newLine(message) {
  const line = lineOf(message);
  setState(line, lineState(line));
  offerMenu(line);
  return line;
}

// Tell other apps' scripts about new lines in the log: see plugins.py.
function announce(lines, messages) {
  for (const [index, item] of lines.entries()) {
    const detail = { item, message: messages[index] };
    dispatchEvent(new CustomEvent("chat-message-drawn", { detail }));
  }
}

function lineState(line) {
  if (!isOwn(line)) return "";
  return line.dataset.seq <= seenByOthers ? "Seen" : "Saved";
}

// The Tab key stops at the last message with a menu, unless the user has moved to another one.
function moveTabStop() {
  const menus = [...log.querySelectorAll(".menu-button")];
  if (menus.some((menu) => menu === document.activeElement)) return;
  for (const menu of menus) menu.tabIndex = menu === menus.at(-1) ? 0 : -1;
}

// A new day gets a heading. A message soon after the same author's last one joins its group.
function group(line) {
  const previous = lineBefore(line)?.dataset;
  const { at, author } = line.dataset;
  const isNewDay = !previous || !isSameDay(Number(at), Number(previous.at));
  setDay(line, isNewDay);
  const isSoon = !isNewDay && at - previous.at < GROUPED_WITHIN;
  const isUnbroken = !line.querySelector(".new");
  line.classList.toggle("grouped", isSoon && isUnbroken && author === previous.author);
}

function lineBefore(line) {
  if (line.previousElementSibling) return line.previousElementSibling;
  const lists = [earlier, latest, waiting];
  const above = lists.slice(0, lists.indexOf(line.parentElement));
  return above.findLast((list) => list.lastElementChild)?.lastElementChild;
}

new ResizeObserver(() => keepPlace()).observe(log);
