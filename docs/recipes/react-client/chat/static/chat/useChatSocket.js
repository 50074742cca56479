import { useCallback, useEffect, useRef, useState } from "react";

const LONGEST_WAIT = 30_000; // milliseconds

export function useChatSocket(url) {
  const [messages, setMessages] = useState([]);
  const [isOpen, setIsOpen] = useState(false);
  const socketRef = useRef(null);

  useEffect(() => {
    const mounted = new AbortController();
    const options = { signal: mounted.signal };
    let failures = 0;
    let timer;

    function connect() {
      const socket = new WebSocket(url);
      socketRef.current = socket;
      socket.addEventListener("open", opened, options);
      socket.addEventListener("message", received, options);
      socket.addEventListener("close", connectLater, options);
    }

    function opened() {
      failures = 0;
      setIsOpen(true);
    }

    function received({ data }) {
      const message = JSON.parse(data);
      setMessages((shown) => [...shown, message]);
    }

    function connectLater() {
      setIsOpen(false);
      const longest = Math.min(LONGEST_WAIT, 1000 * 2 ** failures);
      failures += 1;
      timer = setTimeout(connect, longest * Math.random());
    }

    connect();
    return () => {
      mounted.abort();
      clearTimeout(timer);
      socketRef.current.close();
      setIsOpen(false);
      setMessages([]);
    };
  }, [url]);

  const send = useCallback((text) => {
    if (socketRef.current?.readyState !== WebSocket.OPEN) return false;
    socketRef.current.send(JSON.stringify({ text }));
    return true;
  }, []);

  return { messages, isOpen, send };
}
