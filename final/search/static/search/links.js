// Turns URLs in messages into links. The server does the same for a page's first messages. Its rule
// is in links.py, which also explains why the pattern lists every character.

const URL =
  /(?<![0-9A-Za-z])[Hh][Tt][Tt][Pp][Ss]?:\/\/(?![\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf])[^\x00-\x20\x22\x3c\x3e\x5c\x5e\x60\x7b-\xa0\xab\xbb\u1680\u2000-\u200f\u2018-\u201f\u2026\u2028-\u202f\u205f-\u206f\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\ufeff]+/gu;
const ENDS_OF_SENTENCES = ".,:;!?'";
const BRACKETS = { ")": "(", "]": "[" };

// Returns the parts of a text in order, as [text, isLink].
export function split(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(URL)) {
    const url = trim(match[0]);
    if (match.index > end) parts.push([text.slice(end, match.index), false]);
    parts.push([url, true]);
    end = match.index + url.length;
  }
  if (end < text.length) parts.push([text.slice(end), false]);
  return parts;
}

// Cut off characters that belong to the sentence: final punctuation, and unmatched closing
// brackets.
function trim(url) {
  while (ENDS_OF_SENTENCES.includes(url.at(-1)) || isSurplusBracket(url)) url = url.slice(0, -1);
  return url;
}

function isSurplusBracket(url) {
  const closing = url.at(-1);
  return closing in BRACKETS && count(url, closing) > count(url, BRACKETS[closing]);
}

const count = (text, character) => text.split(character).length - 1;

// Add links to an element's text. The element may contain other elements.
export function addLinks(place) {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    if (!node.parentElement.closest("a")) node.replaceWith(...split(node.data).map(draw));
  }
}

function draw([text, isLink]) {
  if (!isLink) return text;
  const link = document.createElement("a");
  link.href = text;
  link.target = "_blank";
  link.rel = "noopener nofollow ugc";
  link.textContent = text;
  return link;
}

addEventListener("chat-text", ({ detail }) => addLinks(detail.item.querySelector("p")));
for (const text of document.querySelectorAll("#log li p[dir]")) addLinks(text);
