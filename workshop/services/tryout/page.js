const NAMES = ["Ann", "Bob"];
const SIGNS = { sent: "→", received: "←", open: "✓", closed: "×", refused: "×" };

class Client {
  constructor(name) {
    const template = document.querySelector("template");
    document.querySelector("main").append(template.content.cloneNode(true));
    this.section = document.querySelector("main").lastElementChild;
    this.section.setAttribute("aria-label", name);
    this.find("h2").textContent = name;
    this.find(".frames").setAttribute("aria-label", `Frames of ${name}`);
    this.find("[name=name]").value = name.toLowerCase();
    this.hasTypes = false;
    this.relay = new WebSocket(`ws://${location.host}/relay`);
    this.relay.addEventListener("message", (event) => this.show(JSON.parse(event.data)));
    this.relay.addEventListener("close", () => {
      this.setState("refused", "The workshop has stopped. Start `run` again and reload.");
    });
    this.listen();
  }

  find(selector) {
    return this.section.querySelector(selector);
  }

  listen() {
    this.find(".connection").addEventListener("submit", (event) => {
      event.preventDefault();
      const { path, origin, cookie } = event.target.elements;
      this.setState("connecting", "Connecting…");
      this.order({ do: "connect", path: path.value, origin: origin.value, cookie: cookie.value });
    });
    this.find(".account").addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, password } = event.target.elements;
      this.order({ do: event.submitter.value, name: name.value, password: password.value });
    });
    this.find(".close").addEventListener("click", () => this.order({ do: "close", code: 1000 }));
    this.find(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      const { message, raw } = event.target.elements;
      this.order({ do: "send", text: raw.checked ? message.value : this.encode(message.value) });
      message.value = "";
      message.focus();
    });
  }

  /** The frame of a message. From step 09 on it has a type and a client_id. */
  encode(message) {
    if (!this.hasTypes) return JSON.stringify({ message });
    return JSON.stringify({ type: "message", client_id: crypto.randomUUID(), message });
  }

  order(words) {
    this.relay.send(JSON.stringify(words));
  }

  show(event) {
    const { text = "", code } = event;
    if (event.event === "ready") {
      this.find("[name=origin]").value = event.origin;
      this.find(".account").hidden = !event.accounts;
      return;
    }
    if (event.event === "logged in") {
      this.find("[name=cookie]").value = event.cookie;
      this.setState("closed", `Logged in as ${text}`);
      return;
    }
    if (event.event === "not logged in") {
      this.setState("refused", `Not logged in: ${text}`);
      return;
    }
    if (event.event === "received" && text.includes('"type": "welcome"')) this.hasTypes = true;
    if (event.event === "open") this.setState("open", "Connected");
    if (event.event === "refused") this.setState("refused", `Refused: ${text}`);
    if (event.event === "closed") this.setState("closed", `Closed with code ${code}`);
    const words = event.event === "closed" ? `closed with code ${code} ${text}`.trim() : text;
    this.add(event.event, event.event === "refused" ? `refused: ${words}` : words);
  }

  add(kind, words) {
    const line = document.createElement("li");
    line.className = kind;
    line.textContent = `${SIGNS[kind]} ${words}`;
    const frames = this.find(".frames");
    frames.append(line);
    frames.scrollTop = frames.scrollHeight;
  }

  setState(name, words) {
    const isOpen = name === "open";
    this.section.dataset.state = name;
    this.find(".state").textContent = words;
    this.find(".close").disabled = !isOpen;
    this.find(".composer button").disabled = !isOpen;
    if (isOpen) this.find("[name=message]").focus();
  }
}

for (const name of NAMES) new Client(name);
