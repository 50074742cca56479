// A link to each message: its time is one, and the menu copies it. The menu is how the keyboard gets
// there, so the Tab key doesn't stop at every time.

import { element, get } from "../chat_app/dom.js";

const SHOWN_FOR = 5_000;
const menu = get("menu");
const status = element("p", { id: "copied", role: "status" });
let timer;

const linkTo = (seq) => `?message=${seq}#m${seq}`;

function showLink(line) {
  const link = line.querySelector(".permalink");
  const { seq } = line.dataset;
  link.tabIndex = -1;
  if (seq === "Infinity") link.removeAttribute("href"); // not stored yet
  else link.href = linkTo(seq);
}

async function copy() {
  menu.hidePopover();
  const link = new URL(linkTo(menu.dataset.seq), location.href);
  try {
    await navigator.clipboard.writeText(link.href);
    say("The link is copied.");
  } catch {
    history.replaceState(null, "", link);
    say("Your browser doesn't let us copy. The link is now in the address bar.");
  }
}

function say(sentence) {
  clearTimeout(timer);
  status.textContent = sentence;
  timer = setTimeout(() => (status.textContent = ""), SHOWN_FOR);
}

get("log").after(status);
get("copy-link").addEventListener("click", copy);
addEventListener("chat-text", ({ detail: line }) => showLink(line));
for (const line of get("log").querySelectorAll("li")) showLink(line);
