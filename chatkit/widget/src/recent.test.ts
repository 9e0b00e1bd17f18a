// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LocalMessage } from "./messages.ts";
import { RecentConversations } from "./recent.ts";

const BASE = "https://chat.example.com";

beforeEach(() => localStorage.clear());
afterEach(() => vi.useRealTimers());

function turn(question: string, answer = "So."): LocalMessage[] {
  return [
    { role: "user", content: question },
    { role: "assistant", content: answer, state: "done" },
  ];
}

function titles(): string[] {
  return new RecentConversations(BASE).list.map(({ messages }) => messages[0]!.content);
}

test("the newest comes first, and one that goes on takes its own place", () => {
  vi.useFakeTimers();
  const recent = new RecentConversations(BASE);
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  recent.keep(one, turn("One?"));
  vi.advanceTimersByTime(1000);
  recent.keep(other, turn("Other?"));
  expect(titles()).toEqual(["Other?", "One?"]);
  vi.advanceTimersByTime(1000);
  recent.keep(one, [...turn("One?"), ...turn("More?")]);
  expect(titles()).toEqual(["One?", "Other?"]);
});

test("a conversation goes after a day", () => {
  vi.useFakeTimers();
  new RecentConversations(BASE).keep(crypto.randomUUID(), turn("One?"));
  vi.advanceTimersByTime(86_399_000);
  expect(titles()).toEqual(["One?"]);
  vi.advanceTimersByTime(2000);
  expect(titles()).toEqual([]);
});

test("there are never more than a few of them, nor long ones", () => {
  const recent = new RecentConversations(BASE);
  for (let number = 0; number < 30; number++) {
    const messages = Array.from({ length: 100 }, () => turn(`${number}?`, "x".repeat(500))).flat();
    recent.keep(crypto.randomUUID(), messages);
  }
  const { list } = new RecentConversations(BASE);
  expect(list.length).toBeGreaterThan(3);
  expect(list.length).toBeLessThanOrEqual(8);
  expect(Math.max(...list.map(({ messages }) => messages.length))).toBeLessThanOrEqual(40);
});

test("a huge conversation does not drive out the others", () => {
  const recent = new RecentConversations(BASE);
  recent.keep(crypto.randomUUID(), turn("Small?"));
  recent.keep(crypto.randomUUID(), turn("Huge?", "x".repeat(1_000_000)));
  expect(titles()).toEqual(["Small?"]);
});

test("what has no answer yet, or got none, is not kept", () => {
  const recent = new RecentConversations(BASE);
  const [question, answer] = turn("One?") as [LocalMessage, LocalMessage];
  recent.keep(crypto.randomUUID(), [question]);
  recent.keep(crypto.randomUUID(), [question, { ...answer, state: "writing" }]);
  recent.keep(crypto.randomUUID(), [question, { ...answer, state: "failed" }]);
  expect(titles()).toEqual([]);
});

test.each([
  "[]",
  '{"list":null}',
  '{"list":[null,1,{"id":"x","at":1,"messages":[]}]}',
  `{"list":[{"id":"${crypto.randomUUID()}","at":"now","messages":[{"role":"user","content":"x"}]}]}`,
])("%s holds none", (text) => {
  localStorage.setItem(`chatkit-recent:${BASE}`, text);
  expect(new RecentConversations(BASE).list).toEqual([]);
});

test("forgetting leaves nothing", () => {
  const recent = new RecentConversations(BASE);
  recent.keep(crypto.randomUUID(), turn("One?"));
  recent.clear();
  expect(localStorage).toHaveLength(0);
});
