import { Connection } from "./connection.js";
import { Feed } from "./feed.js";
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

const outbox = new Outbox(user, roomName);
const connection = new Connection(url, {
  isFinal: (code) => code in ENDINGS,
  onOpen: () => showState("open", "Connected"),
  onFrame: (frame) => receive[frame.type]?.(frame),
  onLost: lose,
});
const feed = new Feed(connection, draw);
const sender = new Sender(connection, outbox, log.drawOutbox);

const receive = {
  welcome({ head }) {
    const isFirst = feed.last === undefined;
    feed.hearOf(head);
    if (isFirst) loadEarlier();
    outbox.load();
    sender.pump();
  },
  messages: ({ messages }) => feed.take(messages),
  synced: (frame) => feed.synced(frame),
  ack: ({ client_id: id, seq }) => sender.acknowledge(id, seq <= feed.last),
  error({ detail, ref }) {
    log.append([{ message: detail, isError: true }]);
    if (ref) input.value = sender.refuse(ref) + input.value;
  },
};

function draw(messages) {
  log.append(messages);
  sender.settle(messages, user);
}

function lose(code) {
  feed.stop();
  sender.stop();
  showState("closed", ENDINGS[code] ?? "Offline: what you write is kept here. Trying again…");
}

async function loadEarlier() {
  get("older").hidden = true;
  try {
    const { messages, more } = await (await fetch(`messages/?before=${feed.first}`)).json();
    log.prepend(messages);
    sender.settle(messages, user);
    feed.first = messages[0]?.seq ?? feed.first;
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
outbox.load();
sender.pump();
connection.open();
