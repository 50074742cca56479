// Reports a message from its menu. A dialog shows what the page for that shows without JavaScript,
// and so do the answers to its forms.

import { get } from "../chat_app/dom.js";
import { isOwn } from "../chat_app/message.js";

const FAILED = "That didn’t work. Try again in a moment.";
const dialog = get("report-dialog");
const place = get("report-place");
const button = get("report");
let item; // the message that the menu is about
let latest; // the last request, whose answer counts

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
  form.ariaBusy = "false"; // after a failure, the form is still there
});

// Show the answer to a request. Whatever isn't the page of the report, such as the one that asks
// to log in, counts as a failure.
async function show(url, options = {}) {
  latest = options;
  let section;
  try {
    const response = await fetch(url, options);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    section = page.getElementById("report-section");
  } catch {
    // The network is away.
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
