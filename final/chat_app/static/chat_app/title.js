// The tab's title: the page's name and the number of unread messages.

let name = document.title;
let unread = 0;
let format = (text, count) => (count > 0 ? `(${count}) ${text}` : text);
let isHidden = false;

// The room was renamed.
export function setTitle(text) {
  name = text;
  showTitle();
}

export function setUnread(count) {
  unread = count;
  showTitle();
}

// Lets another app count more than this page does. `makeTitle(name, unread)` returns the title.
export function setTitleFormat(makeTitle) {
  format = makeTitle;
  showTitle();
}

export function showTitle() {
  document.title = isHidden ? "Chat" : format(name, unread);
}

// The user was logged out, so the title no longer reveals anything about them.
export function hideTitle() {
  isHidden = true;
  showTitle();
}
