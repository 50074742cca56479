// Collapses muted people's messages, and mutes people from a message's menu.

import { copyTemplate, get, user } from "../chat_app/dom.js";

const DONE = /\/(report|mutes)\/$/; // the server redirects here, or to the login page on failure
const log = get("log");
const button = get("mute");
const people = new Map(Object.entries(JSON.parse(get("muted-people").textContent)));
let item; // the menu's message

addEventListener("chat-message-drawn", ({ detail }) => draw(detail.item));
addEventListener("chat-frame", ({ detail: frame }) => {
  if (frame.type === "mute") setMuted(frame.user, frame.name, frame.muted);
});
addEventListener("chat-menu", ({ detail }) => {
  item = detail.item;
  const { author } = item.dataset;
  button.hidden = !author || author === user;
  button.textContent = `${people.has(author) ? "Unmute" : "Mute"} ${nameOf(item)}`;
});
addEventListener("chat-forgotten", () => {
  say("");
  button.textContent = "Mute";
});
button.addEventListener("click", () => {
  get("menu").hidePopover();
  toggle(item);
});

function setMuted(author, name, isMuted) {
  if (isMuted) people.set(author, name);
  else people.delete(author);
  for (const line of log.querySelectorAll("li")) if (line.dataset.author === author) draw(line);
}

function nameOf(line) {
  return people.get(line.dataset.author) ?? line.querySelector("bdi").textContent;
}

// Collapse a message if its author is muted, or expand it if they aren't.
function draw(line) {
  const isMuted = people.has(line.dataset.author) && line.dataset.author !== user;
  const folded = line.querySelector(".muted");
  if (isMuted && !folded && !line.classList.contains("deleted")) fold(line);
  if (!isMuted && folded) folded.replaceWith(folded.querySelector("p"));
}

function fold(line) {
  const folded = copyTemplate("folded-template");
  folded.querySelector("b").textContent = nameOf(line);
  const text = line.querySelector("p");
  text.replaceWith(folded);
  folded.append(text);
}

async function toggle(line) {
  const { author, seq } = line.dataset;
  const name = nameOf(line);
  const isMuted = people.has(author);
  const form = new FormData();
  form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  form.set("name", author);
  const url = isMuted ? button.dataset.end : `messages/${seq}/mute/`;
  try {
    const response = await fetch(url, { method: "POST", body: form });
    if (!DONE.test(response.url) || !response.ok) throw new Error(response.statusText);
    setMuted(author, name, !isMuted);
    say(isMuted ? `You’ve unmuted ${name}.` : `You’ve muted ${name}.`);
  } catch {
    say("That didn’t work. Try again in a moment.", true);
  }
}

// Success is only announced to screen readers, because everyone else sees it in the log.
function say(text, isProblem = false) {
  get("muting").classList.toggle("notice", isProblem);
  get("muting").textContent = text;
}
