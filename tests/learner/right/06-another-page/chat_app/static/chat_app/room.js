const $ = (selector) => document.querySelector(selector);
const address = new URL(`/ws${location.pathname}`, location.href);
address.protocol = address.protocol.replace("http", "ws");
const field = $("[aria-label=Message]");
const status = $("[role=status]");
let ws = null;

const open = () => {
  ws = new WebSocket(address);
  ws.onopen = () => (status.textContent = "You are connected.");
  ws.onclose = ({ code }) => {
    if (code > 4000) return (status.textContent = "Please log in again");
    status.textContent = "The line is down, one moment";
    setTimeout(open, 500);
  };
  ws.onmessage = ({ data }) => {
    const { author, message, error } = JSON.parse(data);
    const line = $("[role=log]").appendChild(document.createElement("div"));
    line.append(error ?? `${author} says: ${message}`);
    line.scrollIntoView();
  };
};

$("form").onsubmit = (event) => {
  event.preventDefault();
  if (ws.readyState !== 1 || !field.value.trim()) return;
  ws.send(JSON.stringify({ message: field.value }));
  field.form.reset();
};
field.onkeydown = (event) => {
  if (event.key === "Enter" && event.isComposing) event.preventDefault();
};
open();
field.focus();
