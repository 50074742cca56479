import * as log from "./log.js";
import { get, user } from "./log.js";
import { Outbox } from "./outbox.js";
import { Sender } from "./sender.js";

const roomName = JSON.parse(get("room-name").textContent);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/${roomName}/`;
const input = get("message");
const ENDINGS = {
  4401: "You are logged out: reload this page.",
  4403: "This room is not open to you.",
};

let socket, start, first, last;
let failures = 0;
const shown = new Set(); // the numbers above `start` that the page shows

const connection = {
  get isOpen() {
    return socket?.readyState === WebSocket.OPEN;
  },
  send: (frame) => socket.send(JSON.stringify(frame)),
};
const outbox = new Outbox();
const sender = new Sender(connection, outbox, log.drawOutbox);

const receive = {
  welcome({ head }) {
    if (head !== last) startAgain(head);
    sender.pump();
  },
  messages: ({ messages }) => draw(messages.filter(({ seq }) => !isShown(seq))),
  ack: ({ client_id: id, seq }) => sender.acknowledge(id, isShown(seq)),
  error({ detail, ref }) {
    log.append([{ message: detail, isError: true }]);
    if (ref) input.value = sender.refuse(ref) + input.value;
  },
};

function startAgain(head) {
  log.clear();
  first = head + 1;
  start = head;
  last = head;
  loadEarlier();
}

function isShown(seq) {
  return seq <= start || shown.has(seq);
}

function draw(messages) {
  for (const { seq } of messages) shown.add(seq);
  last = Math.max(last, ...messages.map(({ seq }) => seq));
  log.append(messages);
  sender.settle(messages, user);
}

function connect() {
  socket = new WebSocket(url);
  socket.addEventListener("open", () => {
    failures = 0;
    showState("open", "Connected");
  });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    receive[frame.type]?.(frame);
  });
  socket.addEventListener("close", ({ code }) => {
    sender.stop();
    if (code in ENDINGS) showState("closed", ENDINGS[code]);
    else connectLater();
  });
}

function connectLater() {
  showState("closed", "Offline: what you write stays here. Trying again…");
  const longest = Math.min(30_000, 1_000 * 2 ** failures);
  failures += 1;
  setTimeout(connect, longest * Math.random());
}

async function loadEarlier() {
  get("older").hidden = true;
  try {
    const { messages, more } = await (await fetch(`messages/?before=${first}`)).json();
    log.prepend(messages);
    sender.settle(messages, user);
    first = messages[0]?.seq ?? first;
    get("older").hidden = !more;
    log.keepPlace();
  } catch {
    get("older").hidden = false;
  }
}

function showState(state, words) {
  get("state").dataset.state = state;
  get("state").textContent = words;
}

get("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!input.value.trim()) return;
  outbox.add({ type: "message", message: input.value });
  sender.pump();
  input.value = "";
  input.focus();
  log.keepPlace(true);
});

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  get("composer").requestSubmit();
});

get("older").addEventListener("click", loadEarlier);
connect();
