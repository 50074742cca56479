// Pages that are shown on a projector are light or dark as the reader chose on another page, or else
// as the system is.
if (!window.__md_get?.("__palette")) {
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.setAttribute("data-md-color-scheme", isDark ? "slate" : "default");
}

// Countdowns: minutes and seconds, and a button that starts, stops and starts again.

function minutesAndSeconds(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const sign = milliseconds < 0 && seconds ? "−" : "";
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function makeTimer(place) {
  const length = Number(place.dataset.minutes) * 60_000;
  const shown = document.createElement("output");
  const button = document.createElement("button");
  let left = length;
  let started = null;

  function remaining() {
    return started === null ? left : left - (performance.now() - started);
  }

  function show() {
    shown.textContent = minutesAndSeconds(remaining());
    place.classList.toggle("over", remaining() < 0);
    button.textContent = started === null ? "Start the timer" : "Stop the timer";
  }

  shown.setAttribute("role", "timer");
  button.type = "button";
  button.addEventListener("click", () => {
    left = remaining();
    started = started === null ? performance.now() : null;
    show();
  });
  place.append(shown, button);
  setInterval(show, 250);
  show();
}

for (const place of document.querySelectorAll(".timer")) makeTimer(place);
