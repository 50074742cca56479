// The speaker's notes: hidden until somebody asks for them, remembered in this browser.

const KEY = "speaker notes";
const root = document.documentElement;

function remembered() {
  try {
    return localStorage.getItem(KEY) === "shown";
  } catch {
    return false;
  }
}

function show(shown) {
  root.toggleAttribute("data-notes", shown);
  for (const button of document.querySelectorAll(".notes-toggle")) {
    button.setAttribute("aria-pressed", shown);
    button.textContent = shown ? "Hide the speaker's notes" : "Show the speaker's notes";
  }
  try {
    localStorage.setItem(KEY, shown ? "shown" : "hidden");
  } catch {
    // A browser that keeps nothing still shows them on this page.
  }
}

const hasNotes = document.querySelector(".admonition.speaker");
const title = document.querySelector(".md-content h1");
if (hasNotes && title) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "notes-toggle";
  button.addEventListener("click", () => show(!root.hasAttribute("data-notes")));
  title.after(button);
}
show(new URLSearchParams(location.search).has("notes") || remembered());
