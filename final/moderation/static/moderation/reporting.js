// Reports a message from its menu. A dialog shows the same form as the page for users without
// JavaScript, and the server's answers to it.

import { get } from "../chat_app/dom.js";
import { isOwn } from "../chat_app/message.js";

const FAILED = "That didn’t work. Try again in a moment.";
const dialog = get("report-dialog");
const place = get("report-place");
const button = get("report");
let item; // the menu's message
let latest; // the last request: answers to earlier ones are ignored

addEventListener("chat-menu", ({ detail }) => {
  item = detail.item;
  button.hidden = isOwn(item);
});
addEventListener("chat-forgotten", () => {
  latest = null;
  dialog.close();
  place.replaceChildren();
});
button.addEventListener("click", () => {
  get("menu").hidePopover();
  place.textContent = "Loading…";
  dialog.showModal();
  show(`messages/${item.dataset.seq}/report/`);
});
place.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.ariaBusy === "true") return; // an impatient second click
  const body = new FormData(form, event.submitter);
  form.ariaBusy = "true";
  await show(form.action, { method: "POST", body });
  form.ariaBusy = "false"; // if the request failed, the form is still there
});

// Show the answer to a request. Any page other than the report's, such as the login page, counts as
// a failure.
async function show(url, options = {}) {
  latest = options;
  let section;
  try {
    const response = await fetch(url, options);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    section = page.getElementById("report-section");
  } catch {
    // The network is down.
  }
  if (latest !== options) return;
  if (section) place.replaceChildren(section);
  else fail();
  section?.focus();
}

function fail() {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  problem.textContent = FAILED;
  place.querySelector(".problem")?.remove();
  place.append(problem);
}
