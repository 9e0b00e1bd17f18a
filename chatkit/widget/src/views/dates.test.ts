import { expect, test } from "vitest";
import { dayAndTime, listed, period, when } from "./dates.ts";

/** A Wednesday, by the reader's clock. */
const NOW = new Date(2026, 10, 25, 14, 30);

test.each([
  ["just now", new Date(2026, 10, 25, 14, 30), "today", "14:30"],
  ["after midnight", new Date(2026, 10, 25, 0, 1), "today", "00:01"],
  ["before midnight", new Date(2026, 10, 24, 23, 59), "thisWeek", "Tuesday"],
  ["six days ago", new Date(2026, 10, 19, 0, 0), "thisWeek", "Thursday"],
  ["a week ago", new Date(2026, 10, 18, 23, 59), "earlier", "18 November"],
  ["last year", new Date(2025, 10, 25, 14, 30), "earlier", "25 November 2025"],
  ["by a clock that is ahead", new Date(2026, 10, 26, 9, 5), "today", "09:05"],
])("a chat of %s stands where a reader looks for it", (_, at, under, said) => {
  expect([period(at, NOW), when(at, "en-GB", NOW)]).toEqual([under, said]);
});

test("a day is a calendar day also where the clocks change", () => {
  const [before, after] = [new Date(2026, 2, 28, 12), new Date(2026, 2, 30, 11)];
  expect(dayAndTime(before, "en-GB", after)).toBe("28 March, 12:00");
});

test.each([
  ["en-GB", "Yesterday, 18:20"],
  ["de", "Gestern, 18:20"],
  ["ja", "昨日、18:20"],
])("yesterday has its name in %s", (locale, said) => {
  expect(dayAndTime(new Date(2026, 10, 24, 18, 20), locale, NOW).replace(/ Uhr$/, "")).toBe(said);
});

test.each([
  ["en", "4 questions, 14:02"],
  ["fr", "4 questions, 14:02"],
  ["ar", "4 questions، 14:02"],
  ["zh", "4 questions、14:02"],
])("things are set apart as %s does, without an “and”", (locale, said) => {
  expect(listed(["4 questions", "14:02"], locale)).toBe(said);
});
