import { expect, test } from "vitest";
import { tryAgainIn } from "./strings.ts";

test.each([
  [1, "1 s"],
  [119, "119 s"],
  [120, "2 min"],
  [1741, "30 min"],
  [7200, "2 h"],
  [21543, "6 h"],
])("a wait of %i seconds is said as %s, never as less than it is", (seconds, said) => {
  expect(tryAgainIn(seconds)).toBe(`Try again in ${said}`);
});
