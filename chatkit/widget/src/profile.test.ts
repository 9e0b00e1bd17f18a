import { expect, test } from "vitest";
import { core, views } from "./languages/en.ts";
import { shownAs, signedInAs } from "./profile.ts";
import type { AllWords } from "./words.ts";

const words = { ...core, ...views } as AllWords;
const user = { email: "ada@example.com (docs.example.com, 3f9a01c24b7d)", tier: "full" };

test.each([
  [{ name: "Ada", site: "docs.example.com" }, "Ada", "Signed in as Ada."],
  [
    { name: "", site: "docs.example.com" },
    "docs.example.com",
    "Signed in through docs.example.com.",
  ],
  [{}, user.email, `Signed in as ${user.email}.`],
])("who is signed in is called by what is known of them: %o", (known, name, sentence) => {
  expect(shownAs({ ...user, ...known })).toBe(name);
  expect(signedInAs({ ...user, ...known }, words)).toBe(sentence);
});
