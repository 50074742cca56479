import * as log from "./log.js";
import { get } from "./log.js";

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

const receive = {
  welcome({ head }) {
    if (head === last) return;
    log.clear();
    first = head + 1;
    start = head;
    last = head;
    loadEarlier();
  },
  messages({ messages }) {
    log.append(messages.filter(({ seq }) => seq > start));
    last = Math.max(last, ...messages.map(({ seq }) => seq));
  },
  error: ({ detail }) => log.append([{ message: detail, isError: true }]),
};

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
  if (socket.readyState !== WebSocket.OPEN || !input.value.trim()) return;
  socket.send(JSON.stringify({ message: input.value }));
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
