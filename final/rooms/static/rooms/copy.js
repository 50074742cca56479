// Adds a copy button to each link. If the browser doesn't allow copying, the button selects the
// link instead, ready to be copied by hand.

for (const field of document.querySelectorAll(".rooms input[readonly]")) {
  const button = document.createElement("button");
  button.className = "link";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${field.ariaLabel.toLowerCase()}`);
  button.addEventListener("click", () => copy(field));
  field.after(button);
}

async function copy(field) {
  field.select();
  const status = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(field.value);
    status.textContent = "Link copied.";
  } catch {
    status.textContent = "The link is selected. Copy it now.";
  }
}
