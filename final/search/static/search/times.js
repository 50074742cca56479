// The times of the results in the reader's time zone, which the server doesn't know.

const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "long",
  timeStyle: "short",
  hourCycle: "h23",
});

for (const time of document.querySelectorAll(".results time")) {
  time.textContent = format.format(new Date(time.dateTime));
}
