// What every module needs from the page: its elements, and the data that the server put there.

export const get = (id) => document.getElementById(id);

const read = (id) => JSON.parse(get(id).textContent);

export const user = read("user-name");
export const room = read("room-name");
export const language = document.documentElement.lang;

// A new element with these properties.
export function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

// A copy of the contents of the <template> with this id.
export function copyTemplate(id) {
  return get(id).content.firstElementChild.cloneNode(true);
}
