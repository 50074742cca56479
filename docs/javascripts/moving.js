// The moving picture of the first page can be stopped: what moves beside text must not move for ever.

for (const figure of document.querySelectorAll(".moving")) {
  const image = figure.querySelector("img");
  const still = figure.querySelector("source");
  const button = document.createElement("button");

  function show(isMoving) {
    still.media = isMoving ? "(prefers-reduced-motion: reduce)" : "all";
    button.textContent = isMoving ? "Stop the picture" : "Play the picture";
  }

  button.type = "button";
  button.hidden = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  button.addEventListener("click", () => show(still.media === "all"));
  show(true);
  figure.append(button);
}
