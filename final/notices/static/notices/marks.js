// Highlights members' names in a room's messages, and messages that mention the reader. It watches
// the log, so it doesn't matter which script drew a message or its edited text.

import { findNames, splitAtNames } from "./names.js";

const ASK_AFTER = 50; // milliseconds to wait for more names
const MOST_NAMES = 50; // per request, as in views.py

const members = new Map(); // {name as it was typed: username, or "" for nobody}
const wanted = new Set();
let askTimer = null;

// The server answers at `url` which names belong to members. `user` is the reader's name.
export function startMarks(log, url, user) {
  const mark = () => log.querySelectorAll("li p[dir]").forEach((text) => markText(text, user));
  const look = () => {
    for (const text of log.querySelectorAll("li p[dir]")) {
      for (const name of findNames(text.textContent)) if (!members.has(name)) wanted.add(name);
    }
    mark();
    if (wanted.size) askTimer ??= setTimeout(() => ask(url, mark), ASK_AFTER);
  };
  new MutationObserver((changes) => changes.some(isNewText) && look()).observe(log, {
    childList: true,
    subtree: true,
  });
  look();
}

// Whether a change adds or removes text that may contain a name. Adding marks doesn't.
function isNewText({ target, addedNodes }) {
  const isNamed = ({ classList, textContent }) =>
    !classList?.contains("mention") && textContent.includes("@");
  return [...addedNodes].some(isNamed) || Boolean(target.closest(".mentions-me"));
}

async function ask(url, mark) {
  askTimer = null;
  const names = [...wanted].slice(0, MOST_NAMES);
  for (const name of names) {
    wanted.delete(name);
    members.set(name, ""); // until the answer comes
  }
  const query = new URLSearchParams(names.map((name) => ["name", name]));
  try {
    const response = await fetch(`${url}?${query}`, { redirect: "error" });
    const { names: found } = await response.json();
    for (const name of names) members.set(name, found[name] ?? "");
    mark();
  } catch {
    // The network is down. The next message with one of these names asks again.
    for (const name of names) members.delete(name);
  }
  if (wanted.size) askTimer ??= setTimeout(() => ask(url, mark), ASK_AFTER);
}

function markText(text, user) {
  for (const node of textNodes(text)) {
    const parts = splitAtNames(node.data);
    if (parts.some(([, name]) => members.get(name))) {
      node.replaceWith(...parts.map(([part, name]) => markPart(part, members.get(name), user)));
    }
  }
  const line = text.closest("li");
  const isMeant = Boolean(text.querySelector(".mention.me")) && !line.classList.contains("own");
  line.classList.toggle("mentions-me", isMeant);
}

// The texts that aren't marked yet, and aren't part of a link.
function textNodes(text) {
  const isOpen = ({ parentElement }) => !parentElement.closest(".mention, a, button");
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes.filter(isOpen);
}

function markPart(part, username, user) {
  if (!username) return document.createTextNode(part);
  const mark = document.createElement(username === user ? "mark" : "b");
  mark.className = username === user ? "mention me" : "mention";
  mark.textContent = part;
  return mark;
}
