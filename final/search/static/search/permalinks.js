// A link to each message. The message's time is that link, and its menu can copy it. Keyboard users
// can reach the menu, so the Tab key doesn't need to stop at every time.

import { element, get } from "../chat_app/dom.js";

const SHOWN_FOR = 5_000;
const menu = get("menu");
const status = element("p", { id: "copied", role: "status" });
let seq; // the number of the menu's message
let timer;

const linkTo = (number) => `?message=${number}#m${number}`;

function showLink(line) {
  const link = line.querySelector(".permalink");
  link.tabIndex = -1;
  if (line.dataset.seq === "Infinity") link.removeAttribute("href"); // not stored yet
  else link.href = linkTo(line.dataset.seq);
}

async function copy() {
  menu.hidePopover();
  const link = new URL(linkTo(seq), location.href);
  try {
    await navigator.clipboard.writeText(link.href);
    say("Link copied.");
  } catch {
    history.replaceState(null, "", link);
    say("Your browser doesn’t allow copying. The link is now in the address bar.");
  }
}

function say(sentence) {
  clearTimeout(timer);
  status.textContent = sentence;
  timer = setTimeout(() => (status.textContent = ""), SHOWN_FOR);
}

get("log").after(status);
get("copy-link").addEventListener("click", copy);
addEventListener("chat-text", ({ detail }) => showLink(detail.item));
addEventListener("chat-menu", ({ detail }) => (seq = detail.item.dataset.seq));
for (const line of get("log").querySelectorAll("li")) showLink(line);
