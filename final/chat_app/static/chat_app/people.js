// Who is here, and who is typing.

import { copyTemplate, element, get, language, user } from "./dom.js";

const TYPING_FOR = 3_000;
const MOST_NAMES = 3;
const nameList = new Intl.ListFormat(language);

let here = new Set();
let count = 0;
const typing = new Map(); // username: { name, timer }

export function setPeople(names, total) {
  here = new Set(names);
  count = total;
  showPeople();
}

export function changePeople(changes, total) {
  for (const [name, isHere] of Object.entries(changes)) {
    if (isHere) here.add(name);
    else here.delete(name);
  }
  count = total;
  showPeople();
}

// Without a connection, the list shows who was here when the connection was lost.
export function setLive(isLive) {
  get("people").classList.toggle("stale", !isLive);
  get("people-title").textContent = isLive ? "Here now" : "Here when last connected";
  if (!isLive) for (const name of typing.keys()) stopTyping(name);
}

// In a full room, the server only names the first people.
function showPeople() {
  const names = [...here].sort();
  const more = count - names.length;
  get("count").textContent = `${count} here`;
  get("here").replaceChildren(...names.map(personLine));
  if (more > 0) get("here").append(element("li", { textContent: `and ${more} more` }));
}

// Each person is listed as "username" or "username display name". If another app has put a link in
// the template, it goes to the person's page.
function personLine(listed) {
  const [username, ...words] = listed.split(" ");
  const line = copyTemplate("person-template");
  line.querySelector("bdi").textContent = words.join(" ") || username;
  const link = line.querySelector("a");
  if (link) link.href = `${link.getAttribute("href")}?${new URLSearchParams({ name: username })}`;
  if (words.length && words.join(" ") !== username) line.append(" ", element("small", { textContent: username }));
  return line;
}

// Show the username next to the display name, as in the list of people.
export function startTyping(username, displayName = username) {
  if (username === user) return;
  clearTimeout(typing.get(username)?.timer);
  const timer = setTimeout(() => stopTyping(username), TYPING_FOR);
  const name = displayName === username ? username : `${displayName} (${username})`;
  typing.set(username, { name, timer });
  showTyping();
}

export function stopTyping(username) {
  clearTimeout(typing.get(username)?.timer);
  typing.delete(username);
  showTyping();
}

function showTyping() {
  const names = [...typing.values()].map(({ name }) => name);
  const shown = names.slice(0, MOST_NAMES);
  const others = names.length - shown.length;
  if (others) shown.push(others === 1 ? "1 other" : `${others} others`);
  const verb = names.length === 1 ? "is" : "are";
  get("typing").textContent = names.length ? `${nameList.format(shown)} ${verb} typing…` : "";
}
