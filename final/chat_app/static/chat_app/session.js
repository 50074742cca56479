// Browsers may keep a page in memory and show it again after the user has logged out. So every page
// that names people or rooms is hidden when the user leaves it, and reloaded if they come back.

addEventListener("pagehide", ({ persisted }) => {
  if (persisted) document.body.hidden = true;
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
