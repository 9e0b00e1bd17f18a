// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { core } from "./languages/en.ts";
import type { LocalMessage } from "./messages.ts";
import { Turn, type TurnHost } from "./turn.ts";

let draws = 0;
const host: TurnHost = {
  words: core,
  announce() {},
  askAgain() {},
  redraw(_, draw) {
    draws++;
    draw();
  },
  held: {},
};

beforeEach(() => {
  draws = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

function begun(): [Turn, LocalMessage] {
  const answer: LocalMessage = { role: "assistant", content: "Set", state: "writing" };
  return [new Turn(host, { role: "user", content: "How?" }, answer), answer];
}

function come(turn: Turn, answer: LocalMessage, text: string): void {
  answer.content += text;
  turn.appended();
}

test("words that come one by one are drawn ten to twenty times in a second", () => {
  const [turn, answer] = begun();
  for (let word = 0; word < 100; word++) {
    come(turn, answer, " it");
    vi.advanceTimersByTime(10);
  }
  expect(draws).toBeGreaterThanOrEqual(10);
  expect(draws).toBeLessThanOrEqual(20);
});

test("the end of an answer is drawn with all of it, once", () => {
  const [turn, answer] = begun();
  come(turn, answer, " it.");
  answer.state = "done";
  turn.changed();
  expect(turn.text.element.textContent).toBe("Set it.");
  vi.runAllTimers();
  expect(draws).toBe(0);
});
