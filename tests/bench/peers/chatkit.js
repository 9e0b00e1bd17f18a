// ChatKit as its snippet puts it on a page; its server's answers are those of `answers`.
import { answers, history, shown } from "./page.js";

let widget;

export async function load(src) {
  const script = Object.assign(document.createElement("script"), { type: "module", src });
  widget = document.createElement("chatkit-widget");
  document.body.append(script, widget);
  await shown(() => widget.shadowRoot?.querySelector("[part~=launcher]"));
}

/** Shows a conversation as after a reload. */
export async function restore(src, count) {
  const messages = history(count, (answer, content) => ({
    role: answer ? "assistant" : "user",
    content,
    ...(answer && { sources: [source], citations: ["a"], outcome: "answered" }),
  }));
  sessionStorage.setItem(`chatkit:${location.origin}`, JSON.stringify({ messages, open: true }));
  await load(src);
  const drawn = () => widget.shadowRoot.querySelectorAll("[part~=message-assistant]").length;
  await shown(() => drawn() === count / 2);
}

export async function open() {
  widget.open();
  await shown(() => widget.shadowRoot.activeElement);
}

const source = { id: "a", title: "Colours", path: ["Colours"], url: "/a#b", excerpt: "So.", score: 1 };
const done = { metadata: { model: "x" }, citations: ["a"], outcome: "answered" };

answers(/\/chat\/stream$/, "text/event-stream", {
  first: () => event("sources", { sources: [source] }),
  piece: (content) => event("token", { content }),
  last: () => event("done", done),
});

let id = 0;

function event(name, data) {
  return `id: ${++id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export async function ask(text) {
  await widget.ask(text);
}

export function text() {
  return [...widget.shadowRoot.querySelectorAll("[part~=message-assistant] .text")].at(-1).textContent;
}
