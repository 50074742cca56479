import { StrictMode, createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";
import { Chat } from "./Chat.js";

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const url = `${scheme}//${location.host}/ws/chat/`;

function App() {
  const [isShown, setIsShown] = useState(true);
  return h(
    "main",
    null,
    h("h1", null, "Chat"),
    h("button", { onClick: () => setIsShown(!isShown) }, isShown ? "Leave" : "Enter"),
    isShown && h(Chat, { url }),
  );
}

createRoot(document.getElementById("root")).render(h(StrictMode, null, h(App)));
