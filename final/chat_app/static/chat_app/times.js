// Times and dates in the page's language and the reader's time zone.

import { language } from "./dom.js";

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat(language, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const calendar = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export const timeOf = (date) => clock.format(date);

export function isSameDay(one, other) {
  return startOfDay(one) === startOfDay(other);
}

// "Today", "Yesterday", or the whole date with its year.
export function dayName(date) {
  const daysAgo = Math.round((startOfDay(Date.now()) - startOfDay(date)) / DAY);
  if (daysAgo !== 0 && daysAgo !== 1) return calendar.format(date);
  const name = relative.format(-daysAgo, "day");
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

// Call `act` a moment after each midnight. The day on which summer time ends has 25 hours.
export function atMidnight(act) {
  const midnight = new Date().setHours(24, 0, 0, 0);
  setTimeout(
    () => {
      act();
      atMidnight(act);
    },
    midnight - Date.now() + 1_000,
  );
}

function startOfDay(time) {
  return new Date(time).setHours(0, 0, 0, 0);
}
