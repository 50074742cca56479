// The log: draws the messages in their order and keeps the reader's place among them. History goes
// into one list, which no screen reader announces; what arrives goes into a second one, the live
// log; what is not stored yet stands in a third one below them.

const GROUPED_WITHIN = 5 * 60_000;
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });

export const get = (id) => document.getElementById(id);
export const user = JSON.parse(get("user-name").textContent);
const [log, ...lists] = ["log", "earlier", "latest", "waiting"].map(get);
const [earlier, latest, waiting] = lists;
let [following, unread, seenByOthers] = [true, 0, 0];

export const isAtEnd = () => following;
export const isNearStart = () => log.scrollTop < 400;

export function prepend(messages) {
  const fromEnd = log.scrollHeight - log.scrollTop;
  const lines = messages.map(lineOf);
  earlier.prepend(...lines);
  [...lines, lines.at(-1)?.nextElementSibling ?? latest.firstElementChild].forEach(group);
  log.scrollTop = log.scrollHeight - fromEnd;
  log.ariaBusy = "false";
}

export function append(messages) {
  const lines = messages.map(lineOf);
  latest.append(...lines);
  lines.forEach(group);
  unread += messages.filter((message) => message.author !== user).length;
  keepPlace();
}

// Draw the outbox. `actions` is what one can do about a message that was refused, then `done`.
export function drawWaiting(items, actions, done) {
  for (const item of items) {
    if (!item.line) waiting.append((item.line = lineOf({ ...item, author: user })));
    setState(item.line, item.problem ? "Not sent" : item.saved ? "Saved" : "Sending");
    const problem = item.line.querySelector(".problem");
    if (!item.problem) problem?.remove();
    else if (!problem) item.line.append(problemOf(item, actions, done));
  }
  const lines = items.map((item) => item.line);
  [...waiting.children].filter((line) => !lines.includes(line)).forEach((line) => line.remove());
  lines.forEach(group);
  keepPlace();
}

export function markSeen(seq) {
  seenByOthers = Math.max(seenByOthers, seq);
  for (const line of log.querySelectorAll("[data-state='Saved']")) {
    if (line.dataset.seq <= seenByOthers) setState(line, "Seen");
  }
}

export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) {
    unread = 0;
    log.scrollTop = log.scrollHeight;
  }
  get("newest").hidden = unread === 0;
}

export function element(name, className = "", textContent = "", more = {}) {
  return Object.assign(document.createElement(name), { className, textContent, ...more });
}

function lineOf({ author, message, at, seq = Infinity }) {
  const date = new Date(at);
  const line = element("li", author === user ? "own" : "");
  const name = element("bdi", "", author === user ? "You" : author);
  const details = element("small", "", "", { ariaLive: "off" });
  const time = element("time", "", clock.format(date), { dateTime: date.toJSON() });
  details.append(time, " ", element("span"));
  line.append(name, element("p", "", message, { dir: "auto" }), details);
  Object.assign(line.dataset, { author, seq, at: date.getTime() });
  if (author === user) setState(line, seq <= seenByOthers ? "Seen" : "Saved");
  return line;
}

function problemOf(item, actions, done) {
  const problem = element("p", "problem", item.problem);
  for (const [name, act] of Object.entries(actions)) {
    problem.append(" ", element("button", "link", name, { onclick: () => done(act(item)) }));
  }
  return problem;
}

function setState(line, state) {
  line.dataset.state = state;
  line.querySelector("small span").textContent = state;
}

// A new day gets a heading; what somebody writes soon after their last message joins it.
function group(line) {
  if (!line) return;
  const above = lists.slice(0, lists.indexOf(line.parentElement)).findLast((it) => it.lastChild);
  const previous = (line.previousElementSibling ?? above?.lastElementChild)?.dataset ?? { at: 0 };
  const day = calendar.format(line.dataset.at);
  const isNewDay = day !== calendar.format(previous.at);
  if (isNewDay) line.dataset.day = day;
  else delete line.dataset.day;
  const isSoon = !isNewDay && line.dataset.at - previous.at < GROUPED_WITHIN;
  line.classList.toggle("grouped", isSoon && line.dataset.author === previous.author);
}

log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  if (following) keepPlace();
});
new ResizeObserver(() => keepPlace()).observe(log);
