// @n8n/chat from npm, full in its window; its webhook's answers are those of `answers`.
import { answers, history, shown } from "./page.js";

const metadata = { nodeId: "a", nodeName: "A", timestamp: 0 };
const line = (type, content) => JSON.stringify({ type, content, metadata }) + "\n";

/** How many messages there were before. */
let before = 0;

answers(/\/webhook/, "application/json", {
  stored: (body) =>
    body.includes("loadPreviousSession") && {
      data: history(before, (answer, content) => ({
        id: [answer ? "AIMessage" : "HumanMessage"],
        kwargs: { content },
      })),
    },
  first: () => line("begin"),
  piece: (content) => line("item", content),
  last: () => line("end"),
});

const find = (selector) => document.querySelector(selector);

export async function load(src) {
  const target = Object.assign(document.createElement("div"), { id: "n8n-chat" });
  const style = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: new URL("style.css", src),
  });
  document.body.append(style, target);
  const { createChat } = await import(src);
  createChat({
    webhookUrl: new URL("/webhook", location.href).href,
    mode: "fullscreen",
    showWelcomeScreen: false,
    initialMessages: [],
    enableStreaming: true,
    loadPreviousSession: before > 0,
  });
  await shown(() => find(".chat-input textarea"));
}

export async function restore(src, count) {
  before = count;
  await load(src);
  const answers = document.getElementsByClassName("chat-message-from-bot");
  await shown(() => answers.length === count / 2);
}

export async function open() {}

/** Types and presses the button: there is no call for it. */
export async function ask(text) {
  const questions = document.getElementsByClassName("chat-message-from-user");
  const { length } = questions;
  const field = find(".chat-input textarea");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await shown(() => !find(".chat-input-send-button").disabled);
  find(".chat-input-send-button").click();
  await shown(() => questions.length > length);
  await shown(() => window.answered && !find(".chat-message-typing"));
}

export function text() {
  return [...document.querySelectorAll(".chat-message-from-bot")].at(-1).textContent;
}
