// A browser starts no Worker on a page that was opened from a file. The search needs one: here it
// works in a hidden frame of the page instead.

class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.waiting = [];
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Search";
    frame.srcdoc = "<!doctype html><title>Search</title>";
    frame.addEventListener("load", () => this.start(frame, url), { once: true });
    document.body.append(frame);
  }

  start(frame, url) {
    const inside = frame.contentWindow;
    inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    const script = frame.contentDocument.createElement("script");
    script.src = url;
    script.addEventListener("load", () => {
      this.inside = inside;
      for (const data of this.waiting) this.postMessage(data);
    });
    frame.contentDocument.body.append(script);
  }

  postMessage(data) {
    if (this.inside) this.inside.dispatchEvent(new MessageEvent("message", { data }));
    else this.waiting.push(data);
  }
}

if (location.protocol === "file:") {
  window.IFrameWorker = IFrameWorker;
  window.Worker = IFrameWorker;
}
