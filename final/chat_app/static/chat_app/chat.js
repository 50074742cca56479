// The room's page: creates its parts and passes on what arrives. Each part has its own module;
// only this one knows them all.

import { closeActions, startActions } from "./actions.js";
import { forgetKept } from "./changes.js";
import * as composer from "./composer.js";
import { Connection, NOT_LOGGED_IN } from "./connection.js";
import { get, room, user } from "./dom.js";
import { hideDraft } from "./draft.js";
import { Feed } from "./feed.js";
import * as log from "./log.js";
import { lineText } from "./message.js";
import { newId, Outbox } from "./outbox.js";
import * as people from "./people.js";
import { ReadMark } from "./reading.js";
import { keepRoomsFresh } from "./rooms.js";
import { Sender } from "./sender.js";
import * as status from "./status.js";
import { atMidnight } from "./times.js";
import { hideTitle } from "./title.js";

const LOOK_AFTER_ACK = 1_000;

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
// `tab` tells the server that this page's new socket replaces its earlier one.
const url = `${scheme}//${location.host}/ws/chat/${room}/?tab=${newId()}`;
const page = JSON.parse(get("window-data").textContent);

const outbox = new Outbox(user, room);
const connection = new Connection(url, {
  onFrame: receive,
  onLost: lose,
  onSilence: askForNews,
});
const feed = new Feed(connection, page, { onNext: drawNext, onEarlier: drawEarlier });
const readMark = new ReadMark(connection, feed, log, page);
const sender = new Sender(connection, outbox, drawOutbox);
let isForgotten = false;
let lookTimer;

const handlers = {
  welcome(frame) {
    if (frame.you !== user || isForgotten) return location.reload();
    status.showConnected();
    people.setPeople(frame.here, frame.count);
    people.setLive(true);
    log.markSeen(frame.others_seen);
    readMark.welcome(frame.seen);
    feed.hearOf(frame.head);
    outbox.load();
    sender.pump();
    loadWhatIsNear();
  },
  messages: (frame) => feed.take(frame.messages),
  synced(frame) {
    feed.synced(frame);
    loadWhatIsNear();
  },
  behind: (frame) => feed.fallBehind(frame.head),
  ack({ client_id: id, seq }) {
    sender.acknowledge(id, seq <= feed.last);
    clearTimeout(lookTimer);
    // If it hasn't been drawn a second later, its push was lost, or the server has stopped pushing.
    lookTimer = setTimeout(() => outbox.items.has(id) && feed.hearOf(seq), LOOK_AFTER_ACK);
  },
  presence: (frame) => people.changePeople(frame.users, frame.count),
  typing: (frame) => people.startTyping(frame.user, frame.name),
  seen: (frame) => frame.user !== user && log.markSeen(frame.seq),
  error(frame) {
    const isAboutSync = !frame.ref && feed.isSyncing;
    if (isAboutSync) feed.syncAgainIn(1_000 * (frame.retry_after ?? 3));
    else sender.refuse(frame);
  },
};

// Unknown frames may be for another app's script: see plugins.py.
function receive(frame) {
  const handle = handlers[frame.type];
  if (handle) handle(frame);
  else dispatchEvent(new CustomEvent("chat-frame", { detail: frame }));
}

function lose(code) {
  feed.stop();
  sender.stop();
  if (!isForgotten) people.setLive(false);
  if (code === NOT_LOGGED_IN) forget();
  status.showLost(code, continueHere);
}

// In a tab that only reads, a dead connection looks just like a quiet room, until a request gets no
// answer. So a visible tab keeps asking for news. That costs the server one small query, less than
// the list of rooms does, and nothing while people write. A page that isn't live asks anyway when
// its reader scrolls on.
function askForNews() {
  if (!document.hidden && feed.isLive) feed.sync();
}

// Report the last read mark just before the user leaves the page.
function leave() {
  readMark.report();
  connection.close();
}

// With one click, the user resumes a displaced tab, or re-enters a room they've left.
function continueHere() {
  status.showConnecting();
  connection.open();
  composer.focus();
}

function drawNext(messages, wasLive) {
  for (const { author } of messages) people.stopTyping(author);
  readMark.skipOwn(messages);
  log.append(messages, { known: page.head, mayFollow: wasLive });
  sender.settle(messages, user);
  readMark.update();
}

function drawEarlier(messages) {
  if (isForgotten) return;
  log.prepend(messages);
  sender.settle(messages, user);
  readMark.update();
}

function drawOutbox(items) {
  if (isForgotten) return;
  log.drawOutbox(items, (item) => ({
    "Try again": () => act(() => sender.tryAgain(item)),
    Discard: () => act(() => sender.discard(item)),
  }));
}

function act(action) {
  action();
  composer.focus();
}

function send(text) {
  outbox.add({ type: "message", message: text });
  readMark.report(); // first, so the server counts the message that follows it as read
  if (!isForgotten) goToNewest();
  sender.pump();
  composer.focus();
}

function edit(seq, text) {
  outbox.add({ type: "edit", seq, message: text });
  sender.pump();
}

function remove(seq) {
  outbox.add({ type: "delete", seq });
  sender.pump();
  composer.focus();
}

function editLast() {
  const line = log.lastOwn();
  if (line) composer.startEdit(Number(line.dataset.seq), lineText(line));
}

function announceTyping() {
  if (connection.isOpen) connection.send({ type: "typing" });
  return connection.isOpen;
}

function goToNewest() {
  if (!feed.isLive) {
    log.clear();
    feed.jumpToNewest();
    loadEarlier();
  }
  log.keepPlace(true);
  readMark.update();
}

async function loadEarlier() {
  if (isForgotten || feed.isLoading || !feed.hasEarlier()) return;
  forgetKept();
  const hasWorked = await feed.loadEarlier();
  get("older").hidden = hasWorked || isForgotten;
  if (hasWorked && log.isNearStart()) loadEarlier();
}

function loadWhatIsNear() {
  if (log.isNearEnd()) feed.loadLater();
  if (log.isNearStart() && get("older").hidden) loadEarlier();
}

// The network may have come back, or gone away unnoticed: find out now.
function wake() {
  connection.wake();
  if (isForgotten) return;
  feed.sync();
  log.regroup();
  outbox.load();
  sender.pump();
  readMark.update();
}

// The user was logged out, and someone else may be looking at the screen: hide everything of
// theirs.
function forget() {
  if (isForgotten) return;
  isForgotten = true;
  closeActions();
  composer.cancelEdit();
  hideDraft();
  composer.setText("");
  log.clear();
  for (const id of ["about", "side"]) get(id).replaceChildren();
  for (const id of ["count", "older", "newest"]) get(id).hidden = true;
  document.querySelector("h1").textContent = "Chat";
  hideTitle();
  dispatchEvent(new CustomEvent("chat-forgotten"));
}

log.adopt();
outbox.onOtherTab(() => sender.pump());
log.onScroll(() => {
  if (isForgotten) return;
  readMark.update();
  loadWhatIsNear();
});
composer.startComposer({
  onSend: send,
  onEdit: edit,
  onTyping: announceTyping,
  onEditLast: editLast,
});
startActions({ onEdit: composer.startEdit, onDelete: remove });
keepRoomsFresh();
atMidnight(log.regroup);

get("newest").addEventListener("click", () => {
  goToNewest();
  get("log").focus();
});
get("older").addEventListener("click", loadEarlier);
matchMedia("(width >= 60rem)").addEventListener("change", () => get("side").togglePopover(false));
document.addEventListener("visibilitychange", () => document.hidden || wake());
addEventListener("online", wake);
addEventListener("pageshow", wake); // also opens the first connection
addEventListener("pagehide", leave);
