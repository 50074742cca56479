import * as log from "./log.js";
import { get } from "./log.js";

const roomName = JSON.parse(get("room-name").textContent);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/${roomName}/`;
const input = get("message");
const ENDINGS = { 4401: "You are logged out: reload this page." };

let socket;
let failures = 0;

function connect() {
  socket = new WebSocket(url);
  socket.addEventListener("open", () => {
    failures = 0;
    showState("open", "Connected");
  });
  socket.addEventListener("message", (event) => log.append(JSON.parse(event.data)));
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

connect();
