// Keeps a list of rooms up to date: which there are, and how much in them is unread. Where another
// app has the numbers sooner, it sets `data-every`, so that the list is asked for less often.

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
    // The network is away. The next try may find it.
  }
}

// Replace the rooms that have changed, and leave the keyboard's focus where it is.
function draw(list, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fresh = parsed.querySelector("[data-rooms]");
  if (!fresh || fresh.innerHTML === list.innerHTML) return;
  const focused = list.querySelector("a:focus")?.getAttribute("href");
  list.innerHTML = fresh.innerHTML;
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  dispatchEvent(new CustomEvent("chat-rooms-drawn", { detail: list }));
}
