const roomName = document.currentScript.dataset.room;
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/${roomName}/`;

const log = document.getElementById("log");
const composer = document.getElementById("composer");
const input = document.getElementById("message");
const state = document.getElementById("state");

let socket;
let failures = 0;

function connect() {
  socket = new WebSocket(url);
  socket.addEventListener("open", () => {
    failures = 0;
    showState("open", "Connected");
  });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    addLine(frame.message ?? frame.error, "error" in frame);
  });
  socket.addEventListener("close", connectLater);
}

function connectLater() {
  showState("closed", "Offline: what you write stays here. Trying again…");
  const longest = Math.min(30_000, 1_000 * 2 ** failures);
  failures += 1;
  setTimeout(connect, longest * Math.random());
}

function showState(name, words) {
  state.dataset.state = name;
  state.textContent = words;
}

function addLine(text, isError) {
  const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const line = document.createElement("li");
  line.classList.toggle("error", isError);
  const words = document.createElement("p");
  words.dir = "auto";
  words.textContent = text;
  const time = document.createElement("time");
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  line.append(words, time);
  log.append(line);
  if (wasAtEnd) line.scrollIntoView({ block: "end" });
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN || !input.value.trim()) return;
  socket.send(JSON.stringify({ message: input.value }));
  input.value = "";
  input.focus();
});

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

connect();
