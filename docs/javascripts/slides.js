// Slides are light or dark as the reader chose on another page, or else as the system is.
if (!window.__md_get?.("__palette")) {
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.setAttribute("data-md-color-scheme", isDark ? "slate" : "default");
}

// Slides: one screen each; arrow keys, space and the two buttons go from one to the next.

const deck = document.getElementById("slides");
const slides = [...deck.querySelectorAll(".slide")];
const place = document.getElementById("slide-number");

function current() {
  const middle = window.innerHeight / 2;
  const found = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > middle);
  return Math.max(0, found);
}

function go(number) {
  slides[Math.min(slides.length - 1, Math.max(0, number))].scrollIntoView();
}

function tell() {
  place.textContent = `${current() + 1} of ${slides.length}`;
}

const STEPS = {
  ArrowRight: 1,
  ArrowDown: 1,
  PageDown: 1,
  " ": 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  PageUp: -1,
};
document.addEventListener("keydown", (event) => {
  if (!(event.key in STEPS) || event.target.closest("button, input, summary, a")) return;
  event.preventDefault();
  go(current() + STEPS[event.key]);
});
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => go(current() + Number(button.dataset.step)));
}
document.addEventListener("scroll", tell, { passive: true });
tell();
