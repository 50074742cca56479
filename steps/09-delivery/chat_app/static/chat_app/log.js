export const get = (id) => document.getElementById(id);
export const user = JSON.parse(get("user-name").textContent);
const [log, earlier, latest, waiting] = ["log", "earlier", "latest", "waiting"].map(get);
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
let following = true;

export function prepend(messages) {
  const fromEnd = log.scrollHeight - log.scrollTop;
  earlier.prepend(...messages.map(lineOf));
  log.scrollTop = log.scrollHeight - fromEnd;
}

export function append(messages) {
  latest.append(...messages.map(lineOf));
  keepPlace();
}

export function clear() {
  earlier.replaceChildren();
  latest.replaceChildren();
}

// Draw the outbox, below all other messages.
export function drawOutbox(items) {
  waiting.replaceChildren(...items.map((item) => lineOf({ ...item, author: user })));
  keepPlace();
}

export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) log.scrollTop = log.scrollHeight;
}

function lineOf({ author = "", message, at = Date.now(), isError }) {
  const date = new Date(at);
  const line = element("li", isError ? "error" : author === user ? "own" : "");
  const time = element("time", "", clock.format(date), { dateTime: date.toJSON() });
  line.append(element("bdi", "", author), element("p", "", message, { dir: "auto" }), time);
  return line;
}

function element(name, className = "", textContent = "", more = {}) {
  return Object.assign(document.createElement(name), { className, textContent, ...more });
}

log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
});
new ResizeObserver(() => keepPlace()).observe(log);
