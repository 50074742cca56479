// Browser notifications for mentions while the user isn't looking at the chat. The page asks for
// permission only after a click on the button, which also switches notifications off again.

import { load, save } from "../chat_app/storage.js";
import { titleOf } from "./list.js";

const KEY = "notices-alerts";
const ON = "on";

export function startAlerts(button, user) {
  if (!("Notification" in window) || !isSecureContext) return;
  showButton(button);
  button.hidden = isBlocked();
  button.addEventListener("click", () => toggle(button));
  const watch = () => document.hidden || holdWhileVisible(user);
  document.addEventListener("visibilitychange", watch);
  watch();
}

function showButton(button) {
  button.disabled = isBlocked();
  button.setAttribute("aria-pressed", isOn());
  button.textContent = isBlocked() ? "Notifications are blocked" : "Notify me of mentions";
}

const isBlocked = () => Notification.permission === "denied";

function isOn() {
  return Notification.permission === "granted" && load(KEY) === ON;
}

async function toggle(button) {
  if (isOn()) {
    save(KEY, "");
  } else {
    if (Notification.permission === "default") await Notification.requestPermission();
    save(KEY, ON);
  }
  showButton(button);
}

// Every visible tab of this user holds this shared lock.
function holdWhileVisible(user) {
  const untilHidden = () =>
    new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true });
    });
  navigator.locks?.request(visibleName(user), { mode: "shared" }, untilHidden);
}

const visibleName = (user) => `notices-visible-${user}`;

async function isSeen(user) {
  if (!document.hidden || !navigator.locks) return !document.hidden;
  const { held } = await navigator.locks.query();
  return held.some(({ name }) => name === visibleName(user));
}

// Show a notification for each room with more mentions than before.
export async function alertOf(rooms, before, user) {
  const names = Object.keys(rooms).filter(
    (name) => rooms[name].mentions > (before[name]?.mentions ?? 0),
  );
  if (!names.length || !isOn() || (await isSeen(user))) return;
  for (const name of names) show(name);
}

// Notifications never contain the message, because they may appear on a locked screen.
function show(name) {
  const title = titleOf(name) || "a room";
  const path = `/chat/${name}/`;
  try {
    const alert = new Notification(`You were mentioned in ${title}`, { tag: `chat-${name}` });
    alert.onclick = () => {
      focus();
      if (location.pathname !== path) location.assign(path);
    };
  } catch {
    // Some phones only show notifications from service workers.
  }
}
