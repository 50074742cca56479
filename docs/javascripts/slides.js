// Slides: one screen each; arrow keys, space and the two buttons go from one to the next. The
// presenter's window follows, and can lead. Both windows may be opened from files, where pages have no
// origin that could be compared: so each only listens to the other.

const deck = document.getElementById("slides");
const slides = [...deck.querySelectorAll(".slide")];
const place = document.getElementById("slide-number");
let presenter = null;

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
  presenter?.postMessage({ slide: current() }, "*");
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
document.getElementById("presenter").addEventListener("click", (event) => {
  event.preventDefault();
  presenter = window.open(event.target.href, "presenter", "popup,width=1100,height=720");
});
window.addEventListener("message", (event) => {
  if (event.source !== presenter || !presenter) return;
  if (Number.isInteger(event.data?.go)) go(event.data.go);
  tell();
});
document.addEventListener("scroll", tell, { passive: true });
tell();
