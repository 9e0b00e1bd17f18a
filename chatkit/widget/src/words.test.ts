import { expect, test } from "vitest";
import { core, views } from "./languages/en.ts";
import { duration, pieces, say, sayError } from "./words.ts";

test.each([
  [1, "1 s"],
  [119, "119 s"],
  [120, "2 min"],
  [1741, "30 min"],
  [7200, "2 h"],
  [21543, "6 h"],
])("a wait of %i seconds is said as %s, never as less than it is", (seconds, said) => {
  expect(duration(seconds, { ...core, ...views })).toBe(said);
});

test.each([
  [0, "ar", "zero"],
  [1, "ar", "one"],
  [2, "ar", "two"],
  [3, "ar", "few"],
  [11, "ar", "many"],
  [100, "ar", "other"],
  [0, "fr", "one"],
  [2, "fr", "other"],
  [1, "ja", "other"],
])("%i is counted in %s by the form “%s”", (count, locale, form) => {
  const word = { zero: "zero", one: "one", two: "two", few: "few", many: "many", other: "other" };
  expect(say(word, { count }, locale)).toBe(form);
});

test("a language without the form of a count says the form of all others", () => {
  expect(say({ other: "{count} Abschnitte" }, { count: 1 }, "de")).toBe("1 Abschnitte");
});

test("numbers are written as the language writes them, other values stay as they are", () => {
  expect(say("{count} / {id}", { count: 12345, id: "12345" }, "de")).toBe("12.345 / 12345");
});

test("a value that looks like a placeholder is not filled again", () => {
  expect(say("Ask “{question}”", { question: "{count} $& {question}" })).toBe(
    "Ask “{count} $& {question}”",
  );
});

test("an element may stand at a placeholder", () => {
  const link = {};
  expect(pieces("Or ask {people}.", { people: link })).toEqual(["Or ask ", link, "."]);
});

test("an error is said in the element’s language, else as the server says it", () => {
  const english = { ...core, ...views };
  const german = { ...english, error_banned: "Gesperrt." };
  expect(sayError(german, "banned", "Shut out.")).toBe("Gesperrt.");
  expect(sayError(english, "banned", "Shut out until 12:00 {UTC}.")).toBe(
    "Shut out until 12:00 {UTC}.",
  );
  expect(sayError(english, "teapot")).toBe(views.error_unexpected);
});
