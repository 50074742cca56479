// Shows the state of the connection: a word at the top, and a sentence above the composer.

import {
  DELETED,
  DISPLACED,
  LEFT,
  NOT_A_MEMBER,
  NOT_LOGGED_IN,
  TOO_MANY_REFUSALS,
} from "./connection.js";
import { element, get } from "./dom.js";

const OFFLINE_AFTER = 5_000; // most interruptions are shorter
const OFFLINE =
  "You’re offline. Keep writing: your messages are saved here and sent when you’re back.";
const SENTENCES = {
  [NOT_LOGGED_IN]: "You’ve been logged out. Your unsent text is kept here until you log in again.",
  [NOT_A_MEMBER]: "This room is not open to you.",
  [LEFT]: "You’ve left this room.",
  [DELETED]: "This room has been deleted.",
  [DISPLACED]: "This chat is open in too many tabs, so it stopped in this one.",
  [TOO_MANY_REFUSALS]:
    "That was too much at once. Wait a minute. Your unsent text is kept here.",
};

let offlineTimer = null;

export function showConnected() {
  show("open", "Connected");
}

export function showConnecting() {
  show("connecting", "Connecting…");
}

// The connection was lost. `continueHere` reconnects when the user clicks.
export function showLost(code, continueHere) {
  if (!(code in SENTENCES)) return showInterruption();
  show("closed", code === TOO_MANY_REFUSALS ? "Paused" : "Closed", SENTENCES[code]);
  get("login").hidden = code !== NOT_LOGGED_IN;
  get("composer").hidden = [NOT_A_MEMBER, LEFT, DELETED].includes(code);
  if (code === DISPLACED) offer("Continue here", continueHere);
  if (code === LEFT) offer("Enter again", continueHere);
}

function showInterruption() {
  const { state } = get("state").dataset;
  if (state === "closed") return;
  if (state === "open") show("connecting", "Reconnecting…");
  offlineTimer ??= setTimeout(() => show("closed", "Offline", OFFLINE), OFFLINE_AFTER);
}

function show(state, word, sentence = "") {
  clearTimeout(offlineTimer);
  offlineTimer = null;
  get("state").dataset.state = state;
  get("state").textContent = word;
  get("notice").textContent = sentence;
  get("login").hidden = true;
  get("composer").hidden = false;
}

function offer(name, onclick) {
  get("notice").append(" ", element("button", { type: "button", textContent: name, onclick }));
}
