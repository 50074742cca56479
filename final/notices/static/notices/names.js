// Which words of a text may be somebody's name: the same rule as in names.py. \p{L} and \p{N} are
// the letters and digits of all languages, as Python's \w.

const NAME =
  /(?<![\p{L}\p{N}_.@+/-])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.@+-]*[\p{L}\p{N}_])?)/gu;

// The parts of a text in their order, as [text, name]; the name is "" in the parts between names.
export function splitAtNames(text) {
  const composed = text.normalize("NFC");
  const parts = [];
  let end = 0;
  for (const { 0: word, 1: name, index } of composed.matchAll(NAME)) {
    parts.push([composed.slice(end, index), ""], [word, name]);
    end = index + word.length;
  }
  parts.push([composed.slice(end), ""]);
  return parts.filter(([part]) => part);
}

export function findNames(text) {
  return splitAtNames(text).flatMap(([, name]) => name || []);
}
