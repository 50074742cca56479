// Lets readers stop the animation on the first page, because nothing next to text may move forever.

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
