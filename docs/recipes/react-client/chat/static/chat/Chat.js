import { createElement as h, useState } from "react";
import { useChatSocket } from "./useChatSocket.js";

export function Chat({ url }) {
  const { messages, isOpen, send } = useChatSocket(url);
  const [text, setText] = useState("");

  function submit(event) {
    event.preventDefault();
    if (send(text)) setText("");
  }

  return h(
    "section",
    null,
    h("p", { role: "status" }, isOpen ? "Connected" : "Connecting…"),
    h("ul", { "aria-live": "polite" }, messages.map(({ id, text }) => h("li", { key: id }, text))),
    h(
      "form",
      { onSubmit: submit },
      h(
        "label",
        null,
        "Message ",
        h("input", { value: text, onChange: (event) => setText(event.target.value) }),
      ),
      h("button", { disabled: !isOpen || !text.trim() }, "Send"),
    ),
  );
}
