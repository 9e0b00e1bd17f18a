// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Conversation } from "./conversations.ts";
import type { LocalMessage } from "./messages.ts";
import { saveChat } from "./saving.ts";

const question: LocalMessage = { role: "user", content: "Why?" };
const said = (content: string): LocalMessage => ({ role: "assistant", content, state: "done" });

let conversation: Conversation;
let saved: { messages: LocalMessage[] }[];
/** What happens before the server has answered. */
let meanwhile: () => void;

beforeEach(() => {
  saved = [];
  meanwhile = () => {};
  vi.stubGlobal("fetch", (url: string, { body }: { body: string }) => {
    // An answer that is asked for does not come.
    if (url.endsWith("/chat/stream")) return new Promise(() => {});
    saved.push(JSON.parse(body));
    meanwhile();
    return Promise.resolve(new Response(JSON.stringify({ chat_id: 1 })));
  });
  conversation = new Conversation("https://chat.example.com");
  conversation.show([question, said("So.")]);
});
afterEach(() => void vi.unstubAllGlobals());

/** Asks once more: the answer is on its way from then on. */
function ask(): LocalMessage {
  const context = { mode: "chat" as const, session_id: "a session" };
  void conversation.submit({ message: "How?", context }, "an id", {} as never);
  return conversation.pending!;
}

test("what is shown is saved where it is what was sent", async () => {
  expect(await saveChat(conversation)).toBe(true);
  expect(saved[0]!.messages.map(({ content }) => content)).toEqual(["Why?", "So."]);
});

test("half an answer is not all of it, though it is complete by then", async () => {
  const answer = ask();
  answer.content = "Half";
  meanwhile = () => Object.assign(answer, { content: "Half and half", state: "done" });
  expect(await saveChat(conversation)).toBe(false);
  expect(saved[0]!.messages.at(-1)!.content).toBe("Half");
});

test("an answer that is written while the one before is saved is not saved", async () => {
  meanwhile = ask;
  expect(await saveChat(conversation)).toBe(false);
});

test("an answer of the same length in place of the saved one is not saved", async () => {
  meanwhile = () => conversation.show([question, said("No.")]);
  expect(await saveChat(conversation)).toBe(false);
  meanwhile = () => conversation.show([]);
  expect(await saveChat(conversation)).toBe(false);
});

test("of a long conversation the end is sent, and all of it counts as saved", async () => {
  conversation.show(Array.from({ length: 130 }, () => [question, said("So.")]).flat());
  expect(await saveChat(conversation)).toBe(true);
  expect(saved[0]!.messages).toHaveLength(200);
});
