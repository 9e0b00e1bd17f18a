import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** From the top down: a module imports from its own layer and from lower ones, types included. */
const LAYERS = [
  ["index", "integration", "openapi", "signin"],
  ["auto", "element"],
  ["panel"],
  [
    "actions",
    "attributes",
    "account",
    "answer-sections",
    "answers",
    "chip",
    "composer",
    "controls",
    "copy",
    "feedback",
    "field-height",
    "figures",
    "header",
    "highlight",
    "identity",
    "joining",
    "launcher",
    "layout",
    "menu",
    "menu-items",
    "navigation",
    "notices",
    "part-failure",
    "placement",
    "refusal",
    "results",
    "scope",
    "search",
    "seeker",
    "selection",
    "shell",
    "shortcut",
    "sizes",
    "source-rows",
    "starters",
    "tables",
    "theme",
    "transcript",
    "trouble",
    "turn",
    "unsupported",
    "views",
    "viewpoint",
    "viewstack",
  ],
  ["growing-text"],
  ["markdown"],
  ["chats", "for-you", "my-data", "near-page", "sign-in"].map((view) => `views/${view}`),
  ["views/dates", "views/page-entry", "views/stage", "views/welcome", "countdown"],
  ["again", "memory", "provenance", "saving"],
  ["sources"],
  ["conversations", "recent"],
  ["reading"],
  ["messages"],
  ["access"],
  ["connection"],
  ["client", "profile"],
  ["api-base", "guest", "mailed-link", "session", "sse", "store", "vocabulary"],
  ["owner-words", "parts"],
  ["check-words"],
  ["ar", "de", "es", "fr", "ja", "ko", "pt", "zh"].map((language) => `languages/${language}`),
  ["digest", "dom", "errors", "icons", "marked", "page-address", "styles", "types", "words"],
  ["languages/en"],
];

const sources = new Map(
  readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file))
    .map((file) => [
      file.replace(".ts", ""),
      readFileSync(`${import.meta.dirname}/${file}`, "utf8"),
    ]),
);

/** What a module imports: also as types alone, and on demand. */
function imports(module: string): string[] {
  const found = sources.get(module)!.matchAll(/(?:from|import)\b[\s(]*"(\.[\w./-]+)\.ts"/g);
  return [...found].map(([, path]) => posix.join(posix.dirname(module), path!));
}

function layer(module: string): number {
  return LAYERS.findIndex((modules) => modules.includes(module));
}

test("every module stands in one layer", () => {
  expect(LAYERS.flat().sort()).toEqual([...sources.keys()].sort());
});

test("no module imports from a higher layer", () => {
  const uphill = [...sources.keys()].flatMap((module) =>
    imports(module)
      .filter((imported) => layer(imported) < layer(module))
      .map((imported) => `${module} → ${imported}`),
  );
  expect(uphill).toEqual([]);
});

test("no module imports itself by way of others", () => {
  // Takes away, again and again, the modules that import none of the rest; a circle stays.
  let rest = [...sources.keys()];
  for (let before = 0; before !== rest.length;) {
    before = rest.length;
    rest = rest.filter((module) => imports(module).some((imported) => rest.includes(imported)));
  }
  expect(rest).toEqual([]);
});

test("only the client calls fetch, and the harness that checks it", () => {
  const callers = [...sources.keys()].filter((module) => /\bfetch\(/.test(sources.get(module)!));
  expect(callers.sort()).toEqual(["client", "integration"]);
});
