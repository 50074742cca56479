// Keeps a list of rooms and their unread counts up to date. If another app gets the counts sooner,
// it sets `data-every` to reload the list less often.

const WHILE_VISIBLE = 15_000;
const WHILE_HIDDEN = 60_000;

// `onChange(list)` is called after each update. The updates stop once the list is gone.
export function keepRoomsFresh(onChange = () => {}) {
  const list = document.querySelector("[data-rooms]");
  if (!list) return;
  let timer;

  async function refresh() {
    clearTimeout(timer);
    if (!list.isConnected) return;
    await update(list, onChange);
    const wait = Number(list.dataset.every ?? WHILE_VISIBLE);
    timer = setTimeout(refresh, document.hidden ? WHILE_HIDDEN : wait);
  }

  document.addEventListener("visibilitychange", refresh);
  addEventListener("online", refresh);
  addEventListener("chat-rooms-outdated", refresh);
  onChange(list);
  timer = setTimeout(refresh, WHILE_VISIBLE);
}

async function update(list, onChange) {
  try {
    const response = await fetch(list.dataset.rooms, { redirect: "manual" });
    if (response.type === "opaqueredirect") return location.reload(); // nobody is logged in
    if (response.ok) draw(list, await response.text());
    onChange(list);
  } catch {
    // The network is down. The next try may work.
  }
}

// Replace only the rooms that have changed, to keep the keyboard focus.
function draw(list, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fresh = parsed.querySelector("[data-rooms]");
  if (!fresh || fresh.innerHTML === list.innerHTML) return;
  const focused = list.querySelector("a:focus")?.getAttribute("href");
  list.innerHTML = fresh.innerHTML;
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  dispatchEvent(new CustomEvent("chat-rooms-drawn", { detail: list }));
}
