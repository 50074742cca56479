export const get = (id) => document.getElementById(id);
export const user = JSON.parse(get("user-name").textContent);
const [log, latest] = ["log", "latest"].map(get);
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
let following = true;

export function append(frame) {
  latest.append(lineOf(frame));
  keepPlace();
}

export function keepPlace(goToEnd = false) {
  following ||= goToEnd;
  if (following) log.scrollTop = log.scrollHeight;
}

function lineOf({ author = "", message, error }) {
  const now = new Date();
  const line = element("li", error ? "error" : author === user ? "own" : "");
  const time = element("time", "", clock.format(now), { dateTime: now.toJSON() });
  line.append(element("bdi", "", author), element("p", "", message ?? error, { dir: "auto" }), time);
  return line;
}

function element(name, className = "", textContent = "", more = {}) {
  return Object.assign(document.createElement(name), { className, textContent, ...more });
}

log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
});
new ResizeObserver(() => keepPlace()).observe(log);
