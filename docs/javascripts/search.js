// People paste error messages into the search, of which the search engine makes little: to it a colon
// names a field, a hyphen forbids a word, and every word that looks alike counts. So a message that
// the registry of pitfalls knows is asked for by the number of its pitfall; of any other
// question only the words are asked.

const ASK = 2;
const ENOUGH = 0.75; // of a known message must be in the question
const known = (window.SYMPTOMS ?? []).map(([id, text]) => ({ id, words: wordsOf(text) }));
const worth = new Map();

for (const { words } of known) for (const word of words) worth.set(word, (worth.get(word) ?? 0) + 1);
for (const [word, count] of worth) worth.set(word, Math.log(1 + known.length / count));

function wordsOf(text) {
  return new Set(text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]+/gu) ?? []);
}

function sum(words) {
  return [...words].reduce((total, word) => total + (worth.get(word) ?? 0), 0);
}

// The numbers of the pitfalls whose messages are most nearly in the question.
function pitfallsIn(question) {
  const asked = wordsOf(question);
  if (asked.size < 2 && question.length < 20) return [];
  const scored = known.map(({ id, words }) => {
    const shared = new Set([...words].filter((word) => asked.has(word)));
    return { id, part: sum(shared) / sum(words), weight: sum(shared) };
  });
  const fitting = scored.filter(({ part }) => part >= ENOUGH);
  const most = Math.max(...fitting.map(({ weight }) => weight));
  const best = fitting.filter(({ weight }) => weight > most * 0.98);
  const whole = Math.max(...best.map(({ part }) => part)); // one message may hold another
  return [...new Set(best.filter(({ part }) => part > whole * 0.98).map(({ id }) => id))];
}

function better(question) {
  const found = pitfallsIn(question);
  return found.length ? found.join(" ") : question.replace(/[^\p{L}\p{N}_]+/gu, " ").trim();
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
