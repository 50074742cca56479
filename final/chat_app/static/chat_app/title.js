// The tab's title: what the page is called, and how much is unread.

let name = document.title;
let unread = 0;
let format = (text, count) => (count > 0 ? `(${count}) ${text}` : text);
let isHidden = false;

// The room has another name now.
export function setTitle(text) {
  name = text;
  showTitle();
}

export function setUnread(count) {
  unread = count;
  showTitle();
}

// Another app may count more than this page does: `makeTitle(name, unread)` returns the title.
export function setTitleFormat(makeTitle) {
  format = makeTitle;
  showTitle();
}

export function showTitle() {
  document.title = isHidden ? "Chat" : format(name, unread);
}

// The user is logged out: from now on, the title names nothing of theirs.
export function hideTitle() {
  isHidden = true;
  showTitle();
}
