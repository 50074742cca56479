// The presenter's window: the slide that the room sees, the next one, the notes, and a clock. It
// follows the window with the slides that opened it, and leads it. Opened alone, it shows the slides.

const slides = [...document.querySelectorAll(".presenter .slide")];
const place = document.getElementById("slide-number");
const clock = document.getElementById("clock");
let number = 0;
let began = performance.now();

function show(wanted) {
  number = Math.min(slides.length - 1, Math.max(0, wanted));
  slides.forEach((slide, index) => {
    slide.classList.toggle("current", index === number);
    slide.classList.toggle("next", index === number + 1);
    slide.inert = index !== number;
  });
  place.textContent = `${number + 1} of ${slides.length}`;
}

function go(wanted) {
  show(wanted);
  window.opener?.postMessage({ go: number }, "*");
}

const STEPS = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
document.addEventListener("keydown", (event) => {
  if (!(event.key in STEPS) || event.target.closest("button, input, summary, a")) return;
  event.preventDefault();
  go(number + STEPS[event.key]);
});
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => go(number + Number(button.dataset.step)));
}
document.getElementById("restart").addEventListener("click", () => {
  began = performance.now();
});
setInterval(() => {
  clock.textContent = minutesAndSeconds(performance.now() - began);
}, 250);
window.addEventListener("message", (event) => {
  if (!window.opener || event.source !== window.opener) return;
  if (Number.isInteger(event.data?.slide)) show(event.data.slide);
});
show(0);
window.opener?.postMessage({ ready: true }, "*"); // it answers with the slide that it shows
