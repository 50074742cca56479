import * as composer from "./composer.js";
import { Connection } from "./connection.js";
import { get, user } from "./dom.js";
import { Feed } from "./feed.js";
import * as log from "./log.js";
import { lineText } from "./message.js";
import { Outbox } from "./outbox.js";
import * as people from "./people.js";
import { ReadMark } from "./reading.js";
import { Sender } from "./sender.js";

const roomName = JSON.parse(get("room-name").textContent);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/${roomName}/`;
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
const readMark = new ReadMark(connection, feed);
const sender = new Sender(connection, outbox, log.drawOutbox);

const receive = {
  welcome({ head, here, others_seen: othersSeen }) {
    people.setPeople(here);
    log.markSeen(othersSeen);
    const isFirst = feed.last === undefined;
    feed.hearOf(head);
    if (isFirst) loadEarlier();
    outbox.load();
    sender.pump();
  },
  messages: ({ messages }) => feed.take(messages),
  synced: (frame) => feed.synced(frame),
  ack: ({ client_id: id, seq }) => sender.acknowledge(id, seq <= feed.last),
  presence: ({ here }) => people.setPeople(here),
  typing: (frame) => people.startTyping(frame.user),
  seen: (frame) => frame.user !== user && log.markSeen(frame.seq),
  error({ detail, ref }) {
    log.append([{ message: detail, isError: true }]);
    if (ref) composer.putBack(sender.refuse(ref));
  },
};

function draw(messages) {
  for (const { author } of messages) people.stopTyping(author);
  log.append(messages);
  sender.settle(messages, user);
  readMark.update();
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
    readMark.update();
  } catch {
    get("older").hidden = false;
  }
}

function showState(state, words) {
  get("state").dataset.state = state;
  get("state").textContent = words;
}

function write(fields) {
  outbox.add(fields);
  sender.pump();
}

composer.startComposer({
  onSend(message) {
    write({ type: "message", message });
    log.keepPlace(true);
  },
  onEdit: (seq, message) => write({ type: "edit", seq, message }),
  onTyping: () => connection.isOpen && connection.send({ type: "typing" }),
});

get("log").addEventListener("click", ({ target }) => {
  const line = target.closest("li");
  const seq = Number(line?.dataset.seq);
  if (target.matches(".edit")) composer.startEdit(seq, lineText(line));
  if (target.matches(".delete")) write({ type: "delete", seq });
});

get("older").addEventListener("click", loadEarlier);
log.onScroll(() => readMark.update());
document.addEventListener("visibilitychange", () => readMark.update());
outbox.load();
sender.pump();
connection.open();
