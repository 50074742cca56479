// The numbers next to the rooms in a list: unread messages, and how many mention the reader.

const EVERY = 60_000; // how often to reload a list that gets its numbers from here

const asked = new Set(); // rooms that the list doesn't show

export function showInList({ rooms, isLive }) {
  const list = document.querySelector("[data-rooms]");
  if (!list) return;
  delete list.dataset.every;
  if (!isLive) return; // reload the list as often as without this app
  list.dataset.every = EVERY;
  const links = new Map([...list.querySelectorAll("a")].map((link) => [roomOf(link), link]));
  for (const [name, link] of links) showBeside(link, rooms[name]);
  askFor(Object.keys(rooms).filter((name) => !links.has(name)));
}

// The room's displayed name, if the page knows it.
export function titleOf(name) {
  const link = document.querySelector(`[data-rooms] a[href$="/chat/${CSS.escape(name)}/"]`);
  return link?.querySelector("span").textContent ?? "";
}

const roomOf = (link) => link.pathname.split("/").at(-2);

function showBeside(link, { unread = 0, mentions = 0 } = {}) {
  const isOpen = link.hasAttribute("aria-current");
  const noun = mentions === 1 ? " mention" : " mentions";
  showBadge(link, "mentions", isOpen ? 0 : mentions, "@", noun);
  // Rooms that the reader has never entered have a number but no `data-unread`.
  if (!unread && !link.querySelector("[data-unread]")) return;
  const badge = showBadge(link, "unread", isOpen ? 0 : unread, "", " unread");
  if (badge) badge.dataset.unread = unread;
}

function showBadge(link, kind, number, sign, words) {
  const badge = link.querySelector(kind === "mentions" ? "b.mentions" : "b:not(.mentions)");
  if (!number) return badge?.remove();
  const fresh = badge ?? document.createElement("b");
  fresh.classList.toggle("mentions", kind === "mentions");
  const text = `${sign}${number}`;
  if (fresh.firstChild?.data !== text) {
    const note = document.createElement("i");
    note.textContent = words;
    fresh.replaceChildren(text, note);
  }
  if (!badge) link.insertBefore(fresh, kind === "mentions" ? link.querySelector("b") : null);
  return fresh;
}

// If a room with unread messages isn't in the list, it may be new. But it may also be on another
// page of the list, so ask only once.
function askFor(names) {
  const isNew = names.some((name) => !asked.has(name));
  for (const name of names) asked.add(name);
  if (isNew) dispatchEvent(new Event("chat-rooms-outdated"));
}
