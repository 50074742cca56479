// Finds words that may be someone's name, with the same rule as names.py. \p{L} and \p{N} match the
// letters and digits of all languages, like Python's \w.

const NAME =
  /(?<![\p{L}\p{N}_.@+/-])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.@+-]*[\p{L}\p{N}_])?)/gu;

// Returns the parts of a text in order, as [text, name]. Between names, `name` is "".
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
