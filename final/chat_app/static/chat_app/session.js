// The browser may keep a page in its memory, and show it again after its user has logged out. So
// each page that names people or rooms is hidden when it is left, and loaded again when it returns.

addEventListener("pagehide", ({ persisted }) => {
  if (persisted) document.body.hidden = true;
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
