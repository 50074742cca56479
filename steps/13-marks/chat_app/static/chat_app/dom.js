// The page's elements and the user's name, for all modules.

export const get = (id) => document.getElementById(id);
export const user = JSON.parse(get("user-name").textContent);

export function element(name, className = "", textContent = "", more = {}) {
  return Object.assign(document.createElement(name), { className, textContent, ...more });
}
