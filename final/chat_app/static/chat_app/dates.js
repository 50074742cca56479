// The server doesn't know the reader's time zone, so it writes dates in UTC: show them in the
// reader's own. Without JavaScript, they stay as they are, and say that they are in UTC.

import { dateAndTime } from "./times.js";

for (const time of document.querySelectorAll("time[data-utc]")) {
  time.textContent = dateAndTime(Date.parse(time.dateTime));
}
