// The server doesn't know the reader's time zone, so it writes dates in UTC. This converts them to
// the reader's time zone. Without JavaScript, they stay in UTC and say so.

import { dateAndTime } from "./times.js";

for (const time of document.querySelectorAll("time[data-utc]")) {
  time.textContent = dateAndTime(Date.parse(time.dateTime));
}
