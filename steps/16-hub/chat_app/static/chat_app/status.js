// What the page says about its connection.

import { get } from "./dom.js";

export const ENDINGS = {
  4401: "You are logged out: reload this page.",
  4403: "This room is not open to you.",
  4409: "You have too many chats open: close some, then reload this page.",
};
export const REVOKED = [4401, 4403];

export function showState(state, words) {
  get("state").dataset.state = state;
  get("state").textContent = words;
}

export function showNotice(text) {
  get("notice").textContent = text;
}
