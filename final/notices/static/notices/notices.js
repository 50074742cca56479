// Shows unread messages in all rooms: in the tab's title, in the room list, and as notifications.

import { setTitleFormat, showTitle } from "../chat_app/title.js";
import { alertOf, startAlerts } from "./alerts.js";
import { showInList } from "./list.js";
import { startMarks } from "./marks.js";
import { SharedCounts } from "./shared.js";

const button = document.getElementById("alerts");
const user = button.dataset.user;
const log = document.getElementById("log");
const read = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");
const room = read("room-name");
const isList = room === null;
let counts = { rooms: {}, isLive: false };

// `here` is the page's own count. In a room, the page knows what's unread there before the server
// does. In the room list, it counts only the rooms on the current page.
function makeTitle(name, here) {
  if (isList && !counts.isLive) return titleWith(name, here, 0);
  const others = Object.entries(counts.rooms).filter(([each]) => each !== room);
  let unread = isList ? 0 : here;
  let mentions = here > 0 ? (counts.rooms[room]?.mentions ?? 0) : 0;
  for (const [, other] of others) {
    unread += other.unread;
    mentions += other.mentions;
  }
  return titleWith(name, unread, mentions);
}

function titleWith(name, unread, mentions) {
  const sign = mentions > 0 ? `@${mentions} ` : "";
  return unread > 0 ? `${sign}(${unread}) ${name}` : name;
}

const shared = new SharedCounts(user, (state, before) => {
  counts = state;
  showTitle();
  showInList(state);
  if (before) alertOf(state.rooms, before.rooms, user);
  if (state.isLoggedOut) dispatchEvent(new Event("chat-rooms-outdated"));
});

setTitleFormat(makeTitle);
startAlerts(button, user);
if (log) startMarks(log, `/chat/${room}/names/`, read("user-name"));
addEventListener("chat-rooms-drawn", () => showInList(counts));
shared.start();
