// The list of all rooms, with up-to-date unread counts. The tab's title counts only the rooms that
// the user has entered.

import { keepRoomsFresh } from "./rooms.js";
import { setUnread } from "./title.js";

keepRoomsFresh((list) => {
  const numbers = [...list.querySelectorAll("[data-unread]")];
  setUnread(numbers.reduce((sum, { dataset }) => sum + Number(dataset.unread), 0));
});
