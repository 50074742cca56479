// The room's page: its connection, what arrives over it, and what is sent.
// The database is the truth and numbers the messages without holes. This page has all of them up to
// `last`; when it hears of a later one that does not follow, it asks for what is between (`sync`).

import * as log from "./log.js";
import { get, user } from "./log.js";
import { Outbox } from "./outbox.js";

const roomName = JSON.parse(get("room-name").textContent);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/${roomName}/`;
const input = get("message");
const PATIENCE = 10_000;
const OFFLINE = "You are offline. Go on writing: it is kept here, and sent when you are back.";
const ENDINGS = {
  4401: "You are logged out. What you wrote is kept here until you are back.",
  4403: "This room is not open to you.",
  4409: "You have this chat open too often. Close another tab, then reload this one.",
  4429: "That was too much at once. Wait a minute, then reload this page.",
};

const outbox = new Outbox(user, roomName);
const timers = {};
const ahead = new Map();
let socket, inFlight, isSyncing, isWelcome, isLoading, first, last, here;
let [seen, failures, typedAt] = [0, 0, 0];

function later(name, wait, act) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, wait);
}

function connect() {
  const opened = new WebSocket(url);
  socket = opened;
  later("connect", PATIENCE, closed);
  opened.onclose = ({ code }) => opened === socket && closed(code);
  opened.onmessage = ({ data }) => opened === socket && dispatch(JSON.parse(data));
}

function disconnect() {
  for (const name of ["connect", "send", "sync", "seen"]) clearTimeout(timers[name]);
  socket?.close();
  socket = inFlight = null;
  isWelcome = isSyncing = timers.seen = false;
}

// The socket is closed, or has not answered for so long that it must be dead.
function closed(code) {
  disconnect();
  if (code in ENDINGS) return show("closed", "Closed", ENDINGS[code], code);
  later("connect", Math.random() * Math.min(30_000, 1_000 * 2 ** failures++), connect);
  if (get("state").dataset.state === "closed") return;
  get("state").dataset.state = "closed";
  later("offline", 5_000, () => show("closed", "Offline", OFFLINE));
}

function show(state, word, sentence = "", code = 0) {
  clearTimeout(timers.offline);
  get("state").dataset.state = state;
  get("state").textContent = word;
  get("notice").textContent = sentence;
  get("login").hidden = code !== 4401;
  get("composer").hidden = code === 4403;
}

// The network may be back, or may have gone while nobody looked: find out now.
function wake() {
  failures = 0;
  if (isWelcome) sync();
  else if (!socket) connect();
  outbox.load();
  tendOutbox();
  reportSeen();
}

const dispatch = (frame) => receive[frame.type]?.(frame);
const receive = {
  welcome(frame) {
    if (frame.you !== user) return location.reload();
    clearTimeout(timers.connect);
    show("open", "Connected");
    isWelcome = true;
    failures = 0;
    here = new Set(frame.here);
    showPeople();
    log.markSeen(frame.others_seen);
    seen = frame.seen;
    first ??= frame.head + 1;
    last ??= frame.head;
    if (log.isNearStart()) loadEarlier();
    outbox.load();
    take([]);
    if (last < frame.head) sync();
  },
  messages: (frame) => take(frame.messages),
  synced(frame) {
    clearTimeout(timers.sync);
    isSyncing = false;
    take(frame.messages, frame.upto);
    if (frame.more) sync();
  },
  behind: () => sync(),
  ack({ client_id: id, seq }) {
    if (seq <= last) outbox.remove(id);
    else if (outbox.items.has(id)) outbox.items.get(id).saved = true;
    later("look", 1_000, () => outbox.items.has(id) && sync());
    tendOutbox();
  },
  presence(frame) {
    for (const name in frame.users) here[frame.users[name] ? "add" : "delete"](name);
    showPeople();
  },
  typing(frame) {
    get("typing").textContent = `${frame.user} is typing…`;
    later("typing", 3_000, () => (get("typing").textContent = ""));
  },
  seen: (frame) => frame.user !== user && log.markSeen(frame.seq),
  error({ code, detail, ref, retry_after: wait = 3 }) {
    const passes = code === "rate_limited" || code === "unavailable";
    if (passes && ref) later("send", 1_000 * wait, () => tendOutbox((inFlight = null)));
    else if (passes && isSyncing) later("sync", 1_000 * wait, () => sync((isSyncing = false)));
    else if (outbox.items.has(ref)) outbox.items.get(ref).problem = detail;
    tendOutbox();
  },
};

// Draw what comes next; keep what is further ahead until the gap before it is filled.
function take(messages, upto = 0) {
  const ready = [];
  for (const message of messages) if (message.seq > last) ahead.set(message.seq, message);
  for (; last < upto || ahead.has(last + 1); last += 1) {
    if (ahead.has(last + 1)) ready.push(ahead.get(last + 1));
    ahead.delete(last + 1);
  }
  if (ready.length) get("typing").textContent = "";
  log.append(ready);
  settle(ready);
  reportSeen();
  if (ahead.size) sync();
}

// What is stored needs no outbox any more, whether or not its ack arrived.
function settle(messages) {
  for (const { author, client_id: id } of messages) if (author === user) outbox.remove(id);
  tendOutbox();
}

// One message at a time: the next one leaves when this one is stored, so their order is kept.
function tendOutbox() {
  log.drawWaiting(outbox.list(), actions, resume);
  const next = outbox.list().find((item) => !item.saved && !item.problem);
  if (!isWelcome || next?.id === inFlight) return;
  clearTimeout(timers.send);
  inFlight = next?.id;
  if (!next) return;
  send({ type: "message", client_id: next.id, message: next.message });
  later("send", PATIENCE, closed);
}

const send = (frame) => socket.send(JSON.stringify(frame));

function sync() {
  if (!isWelcome || isSyncing) return;
  isSyncing = true;
  send({ type: "sync", after: last });
  later("sync", PATIENCE, closed);
}

function reportSeen() {
  if (!isWelcome || timers.seen || document.hidden || !log.isAtEnd() || last <= seen) return;
  timers.seen = setTimeout(() => {
    timers.seen = false;
    if (!document.hidden) send({ type: "seen", seq: (seen = last) });
  }, 300);
}

async function loadEarlier() {
  if (isLoading || !first) return;
  isLoading = true;
  try {
    const answer = await fetch(`messages/?before=${first}&limit=50`);
    const { messages, more } = await answer.json();
    log.prepend(messages);
    settle(messages);
    first = more ? messages[0].seq : 1;
    isLoading = !more;
    get("older").hidden = true;
    if (log.isNearStart()) loadEarlier();
  } catch {
    isLoading = false;
    get("older").hidden = false;
  }
}

function showPeople() {
  get("count").textContent = `${here.size} here`;
  get("here").replaceChildren(...[...here].sort().map((name) => log.element("li", "", name)));
}

const actions = {
  "Try again": (item) => (item.problem = null),
  Discard: (item) => outbox.remove(item.id),
};

function resume() {
  tendOutbox();
  input.focus();
}

get("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!input.value.trim()) return;
  outbox.add(input.value);
  input.value = "";
  log.keepPlace(true);
  resume();
});

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  get("composer").requestSubmit();
});

input.addEventListener("input", () => {
  if (!isWelcome || !input.value.trim() || Date.now() - typedAt < 1_000) return;
  typedAt = Date.now();
  send({ type: "typing" });
});

get("log").addEventListener("scroll", () => {
  reportSeen();
  if (get("older").hidden && log.isNearStart()) loadEarlier();
});

get("newest").addEventListener("click", () => {
  log.keepPlace(true);
  get("log").focus();
});

get("older").addEventListener("click", loadEarlier);
document.addEventListener("visibilitychange", wake);
addEventListener("online", wake);
addEventListener("pageshow", wake);
addEventListener("pagehide", disconnect);
