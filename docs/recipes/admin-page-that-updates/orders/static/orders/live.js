const scheme = location.protocol === "https:" ? "wss:" : "ws:";

function listen() {
  const socket = new WebSocket(`${scheme}//${location.host}/ws/admin/orders/`);
  socket.onopen = refresh;
  socket.onmessage = refresh;
  socket.onclose = () => setTimeout(listen, 1000 + 4000 * Math.random());
}

async function refresh() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const isTicked = document.querySelector(".action-select:checked");
  const shown = document.querySelector("#changelist-form");
  const current = page.querySelector("#changelist-form");
  if (!answer.ok || !current || isTicked) return;
  shown.replaceChildren(...current.children);
  window.Actions?.(document.querySelectorAll("tr input.action-select"));
}

listen();
