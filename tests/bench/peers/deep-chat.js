// deep-chat from npm; its handler answers as `pieces` says.
import { history, pieces, shown } from "./page.js";

let chat;
/** Resolves the question that is being answered. */
let answered;

export async function load(src, messages) {
  document.body.append(Object.assign(document.createElement("script"), { type: "module", src }));
  // What is set on an element before it is defined is lost.
  await customElements.whenDefined("deep-chat");
  chat = document.createElement("deep-chat");
  chat.connect = {
    stream: true,
    async handler(body, { onOpen, onResponse, onClose }) {
      onOpen();
      for await (const text of pieces()) onResponse({ text });
      onClose();
      answered();
    },
  };
  if (messages) chat.history = messages;
  document.body.append(chat);
  await shown(() => chat.shadowRoot?.querySelector("#text-input"));
}

export async function restore(src, count) {
  await load(
    src,
    history(count, (answer, text) => ({ role: answer ? "ai" : "user", text })),
  );
  const drawn = () => chat.shadowRoot.querySelectorAll(".ai-message-text").length;
  await shown(() => drawn() === count / 2);
}

export async function open() {}

export async function ask(text) {
  await new Promise((resolve) => {
    answered = resolve;
    chat.submitUserMessage({ text });
  });
}

export function text() {
  return [...chat.shadowRoot.querySelectorAll(".ai-message-text")].at(-1).textContent;
}
