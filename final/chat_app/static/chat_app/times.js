// Times and dates in the page's language and the reader's time zone. If the browser knows the
// reader's variant of the language, such as British English, dates follow it. The browser's first
// language decides between a 12-hour and a 24-hour clock.

const DAY = 86_400_000;
const { lang } = document.documentElement;
const isSameLanguage = (tag) => tag.split("-")[0] === lang.split("-")[0];
const language = navigator.languages.find(isSameLanguage) ?? lang;
const hours = new Intl.DateTimeFormat(navigator.language, { hour: "numeric" });
const { hourCycle } = hours.resolvedOptions();
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short", hourCycle });
const calendar = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const moments = new Intl.DateTimeFormat(language, {
  dateStyle: "long",
  timeStyle: "short",
  hourCycle,
});
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export const timeOf = (date) => clock.format(date);
export const dateAndTime = (date) => moments.format(date);

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

// Call `act` just after each midnight. Days aren't always 24 hours long: summer time ends, too.
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
