import { expect, test } from "vitest";
import { isPending, siftMessages } from "./messages.ts";

const ASKED = { role: "user", content: "Why?" };
const SOURCE = { id: "1", title: "Page", url: "/page", excerpt: "It is so.", score: 1 };
const ANSWERED = {
  role: "assistant",
  content: "So.",
  sources: [{ ...SOURCE, path: ["Page"], version: null, language: "en", highlights: [[0, 2]] }],
  citations: ["1"],
  outcome: "answered",
  ask_people: null,
};

test("what the widget keeps comes back as it was", () => {
  const context = { session_id: "0b6d1ff5-8e4e-4b1a-9b5b-0d8f7f4c2a11" };
  const waiting = {
    role: "assistant",
    content: "",
    state: "offline",
    asked: { message: "Why?", context },
    progress: { message_id: "7d3c1a52-1f5e-4f0b-8c9d-2b6a4e8f0c13" },
  };
  const kept = JSON.parse(JSON.stringify([ASKED, ANSWERED, ASKED, waiting]));
  expect(siftMessages(kept)).toEqual(kept);
});

test.each([
  null,
  1,
  "text",
  [],
  {},
  { role: "system", content: "x" },
  { role: "user" },
  { role: "user", content: 5 },
  { ...ANSWERED, sources: "none" },
  { ...ANSWERED, sources: [null] },
  { ...ANSWERED, sources: [{ ...SOURCE, url: 1 }] },
  { ...ANSWERED, sources: [{ ...SOURCE, path: "Page" }] },
  { ...ANSWERED, sources: [{ ...SOURCE, highlights: [1] }] },
  { ...ANSWERED, citations: [1] },
  { ...ANSWERED, ask_people: { label: "Forum" } },
  { ...ANSWERED, state: 1 },
  { ...ANSWERED, failure: { message: "x" } },
  { ...ANSWERED, asked: { message: "x" } },
  { ...ANSWERED, progress: {} },
])("what is no message is left out: %j", (damaged) => {
  expect(siftMessages([ASKED, damaged, ANSWERED])).toEqual([ASKED, ANSWERED]);
});

test("an answer that cannot be gone on with counts as stopped", () => {
  const writing = { ...ANSWERED, state: "writing" };
  const states = siftMessages([writing, ASKED, writing]).map(({ state }) => state);
  expect(states).toEqual(["stopped", undefined, "stopped"]);
});

test.each([undefined, null, 1, "text", {}])("%j holds no messages", (stored) => {
  expect(siftMessages(stored)).toEqual([]);
});

test("an answer is pending until it is done, stopped or failed", () => {
  const answer = { role: "assistant" as const, content: "" };
  for (const state of ["searching", "reading", "writing", "slow", "waiting", "offline"] as const) {
    expect(isPending({ ...answer, state })).toBe(true);
  }
  for (const state of ["done", "stopped", "failed"] as const) {
    expect(isPending({ ...answer, state })).toBe(false);
  }
  expect(isPending(answer)).toBe(false);
});
