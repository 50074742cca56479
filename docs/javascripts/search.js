// People paste error messages into the search. To the search engine a colon names a field, a hyphen
// forbids a word, and the like: all of that is taken out of a question before it is asked.

const ASK = 2;

function plainWords(question) {
  return question.replace(/[^\p{L}\p{N}_]+/gu, " ").trim();
}

for (const kind of new Set([window.Worker, window.IFrameWorker].filter(Boolean))) {
  const post = kind.prototype.postMessage;
  kind.prototype.postMessage = function (message, ...more) {
    const isQuestion = message?.type === ASK && typeof message.data === "string";
    return post.call(
      this,
      isQuestion ? { ...message, data: plainWords(message.data) } : message,
      ...more,
    );
  };
}
