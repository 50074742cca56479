// People paste error messages into the search, of which the search engine makes little: to it a colon
// names a field, a hyphen forbids a word, and every word that looks alike counts. So a message that
// the registry of pitfalls knows is asked for by the number of its pitfall; of any other
// question only the words are asked.
//
// lookUp() does in the browser what channels_doctor/pitfalls/lookup.py does in the terminal, from the
// same table. Change both together: one set of cases holds for both.

const ASK = 2;
const ENOUGH = 0.4; // of a message's weight must be in the question
const MOST_OF_IT = 0.8; // or of the question's weight in the message, if it is only a piece
const LEAST = 5; // weight; any text may match with less
const ALIKE = 0.98; // of the best score: as good
const PLACEHOLDER = /\{\w+\}/gu;
const URL_IN_TEXT = /\b(?:wss?|https?):\/\/[^\s'")]+/gu;
const COLOUR = /\x1b\[[0-9;]*m/gu;

const messages = (window.SYMPTOMS ?? []).map(([id, text]) => ({
  id,
  runs: text.split(PLACEHOLDER).map(wordsOf).filter((run) => run.length),
}));
const worth = new Map();

for (const { runs } of messages) {
  for (const word of new Set(runs.flat())) worth.set(word, (worth.get(word) ?? 0) + 1);
}
for (const [word, count] of worth) worth.set(word, Math.log(1 + messages.length / count));

function wordsOf(text) {
  const plain = text.replace(COLOUR, "").replace(URL_IN_TEXT, " url ");
  return plain.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*|\p{N}+/gu) ?? [];
}

function sum(words, unknown = 0) {
  return words.reduce((total, word) => total + (worth.get(word) ?? unknown), 0);
}

// The weight of the heaviest piece of `run` that the question contains without a gap.
function longest(run, asked, places) {
  let best = 0;
  run.forEach((first, start) => {
    for (const at of places.get(first) ?? []) {
      if (start && at && run[start - 1] === asked[at - 1]) continue; // part of a longer piece
      let length = 0;
      while (start + length < run.length && run[start + length] === asked[at + length]) length += 1;
      if (length > 1 || run.length === 1) best = Math.max(best, sum(run.slice(start, start + length)));
    }
  });
  return best;
}

function scoreOf({ runs }, asked, places, pasted) {
  const shared = runs.reduce((total, run) => total + longest(run, asked, places), 0);
  const part = shared / sum(runs.flat());
  const fits = part >= ENOUGH || shared >= MOST_OF_IT * pasted;
  return fits && (shared >= LEAST || part > ALIKE) ? { shared, part } : null;
}

// The numbers of the pitfalls whose messages are in the question, the best first.
function lookUp(question) {
  const asked = wordsOf(question);
  const places = new Map();
  asked.forEach((word, at) => places.set(word, [...(places.get(word) ?? []), at]));
  const pasted = sum(asked, 1);
  const scores = new Map();
  for (const message of messages) {
    const score = scoreOf(message, asked, places, pasted);
    const known = scores.get(message.id);
    const isBetter = score && (!known || score.shared > known.shared
      || (score.shared === known.shared && score.part > known.part));
    if (isBetter) scores.set(message.id, score);
  }
  const best = Math.max(0, ...[...scores.values()].map(({ shared }) => shared));
  return [...scores]
    .filter(([, { shared }]) => shared >= best * ALIKE)
    .sort(([, one], [, two]) => two.part - one.part)
    .map(([id]) => id);
}

window.lookUp = lookUp;

function better(question) {
  const found = question.length < 8 ? [] : lookUp(question);
  return found.length ? found[0] : question.replace(/[^\p{L}\p{N}_]+/gu, " ").trim();
}

for (const kind of new Set([window.Worker, window.IFrameWorker].filter(Boolean))) {
  const post = kind.prototype.postMessage;
  kind.prototype.postMessage = function (message, ...more) {
    const isQuestion = message?.type === ASK && typeof message.data === "string";
    const asked = isQuestion ? { ...message, data: better(message.data) } : message;
    return post.call(this, asked, ...more);
  };
}

// The theme listens to keys only; a message that is pasted with the mouse is a question too.
document.querySelector("input.md-search__input")?.addEventListener("input", (event) => {
  event.target.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
});
