// Updates the room's name and topic while its page is open.

import { get } from "../chat_app/dom.js";
import { setTitle } from "../chat_app/title.js";

addEventListener("chat-frame", ({ detail: frame }) => {
  if (frame.type !== "room") return;
  document.querySelector("h1").textContent = frame.title;
  get("topic").textContent = frame.topic;
  setTitle(`${frame.title} · Chat`);
});
