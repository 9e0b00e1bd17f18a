/** For you: pages near what a person asked, each with what it rests on, and what they state to change the list. */
import { button, h, link, type Content } from "../dom.ts";
import { Icon } from "../icons.ts";
import { thisPage } from "../page-address.ts";
import type { components } from "../types.ts";
import { pieces } from "../words.ts";
import { entry, type Recommendation } from "./page-entry.ts";
import { field, form, secondary, type Stage } from "./stage.ts";

type Schemas = components["schemas"];
type Stated = Partial<Schemas["Preferences"]>;
type Basis = NonNullable<Recommendation["because"]>;

const LEVELS = ["any", "beginner", "intermediate", "advanced"] as const;

/** What the page of each row rests on, by its id. */
const RESTS_ON = new WeakMap<Element, string>();

/** Shows the list, and below it what changes it and what switches it off. */
export function showForYou(stage: Stage): Promise<void> {
  const { words } = stage;
  const place = h("div");
  stage.show(words.personalize, h("p", { className: "muted small" }, words.recommendText), place);
  return stage.fill(place, "personalize", async () => content(stage, place, await ask(stage)));
}

function ask(stage: Stage, preferences?: Stated): Promise<Schemas["Personalized"]> {
  const data = { ...thisPage(), ...(preferences && { preferences }) };
  return stage.client.send("post", "/api/v1/user/personalize", data);
}

/** Says that a page, or what one rests on, is of no use, or takes that back. */
function rate(stage: Stage, id: string, rating: "up" | "down"): Promise<unknown> {
  return stage.client.send("post", "/api/v1/user/recommendations/feedback", { id, rating });
}

function content(stage: Stage, place: HTMLElement, answer: Schemas["Personalized"]): Content[] {
  const { words } = stage;
  const { topics, level, enabled } = answer.personalized_content;
  const state = async (preferences: Stated) => {
    const changed = content(stage, place, await ask(stage, preferences));
    place.replaceChildren(...changed);
    place.querySelector<HTMLElement>("a, [tabindex]")?.focus();
  };
  const turn = (word: string, className: string, on: boolean) =>
    stage.action(word, className, "personalize", () => state({ enabled: on }));
  if (!enabled) {
    const turnOn = turn(words.turnOn, "primary", true);
    return [note(words.turnedOff), h("div", { className: "buttons" }, turnOn)];
  }
  const field = h("input", { value: topics.join(", "), autocomplete: "off" });
  const list = h("ul", { className: "entries", role: "list" });
  list.append(...answer.recommendations.map((page) => row(stage, list, page, field)));
  const turnOff = turn(words.turnOff, "secondary", false);
  return [
    list.firstChild ? list : note(words.nothingForYou),
    preferences(stage, field, level, state),
    h(
      "div",
      { className: "part" },
      h("p", { className: "muted small" }, words.turnOffText),
      h("div", { className: "buttons" }, turnOff),
    ),
  ];
}

function note(text: string): HTMLElement {
  return h("p", { className: "muted", tabIndex: -1 }, text);
}

/** The form of the topics and the level. */
function preferences(
  stage: Stage,
  topics: HTMLInputElement,
  level: string | null,
  state: (preferences: Stated) => Promise<void>,
): HTMLElement {
  const { words } = stage;
  const options = LEVELS.map((value) => h("option", { value }, words[`level_${value}`]));
  const choice = h("select", {}, ...options);
  choice.value = level ?? "any";
  const submit = button(words.showPages, secondary);
  const work = () => {
    const chosen = LEVELS.find((each) => each === choice.value) ?? "any";
    return state({ topics: split(topics.value), level: chosen === "any" ? null : chosen });
  };
  return h(
    "div",
    { className: "part" },
    h("h3", {}, words.topicsAndLevel),
    form(
      stage,
      "personalize",
      submit,
      work,
      field([words.topics], topics, words.topicsHint),
      field([words.level], choice),
      h("div", { className: "buttons" }, submit),
    ),
  );
}

/** The topics in a text, whichever comma stands between them; each once. */
function split(text: string): string[] {
  const topics = text.split(/[,،，、;؛；]/).map((topic) => topic.trim());
  return [...new Set(topics.filter(Boolean))];
}

/** One page: to open, to leave out, and to see and take away what it rests on. */
function row(
  stage: Stage,
  list: HTMLElement,
  page: Recommendation,
  topics: HTMLInputElement,
): HTMLElement {
  const { words, opener } = stage;
  const { because } = page;
  const item = h("li", { className: "line" });
  if (because) RESTS_ON.set(item, because.id);
  const down = button(
    `${words.notUseful}: ${page.title}`,
    { className: "bare quiet", icon: Icon.down },
    (element) =>
      opener.run("recommendation", element, async () => {
        await rate(stage, page.id, "down");
        const undo = stage.action(words.undo, "link", "recommendation", async () => {
          await rate(stage, page.id, "up");
          show();
          down.focus();
        });
        const gone = h("span", { className: "muted", dir: "auto" }, leftOut(stage, page.title));
        item.replaceChildren(gone, undo);
        undo.focus();
      }),
  );
  const zone = h("div", { className: "basis", hidden: true });
  const more = button(
    `${words.restsOn}: ${page.title}`,
    { className: "bare quiet more", icon: Icon.more },
    () => {
      zone.hidden = !zone.hidden;
      more.ariaExpanded = String(!zone.hidden);
    },
  );
  more.ariaExpanded = "false";
  if (because) zone.append(...basis(stage, list, because, topics));
  const show = () =>
    item.replaceChildren(entry(stage, page), ...(because ? [more] : []), down, zone);
  show();
  return item;
}

/** What a page rests on, and the button that takes it away, with every page that rests on it. */
function basis(
  stage: Stage,
  list: HTMLElement,
  because: Basis,
  topics: HTMLInputElement,
): Content[] {
  const { words, opener } = stage;
  const { id, kind, title, url } = because;
  const page = url && link(url, { dir: "ltr" }, url);
  const through = page
    ? [h("p", { className: "small" }, ...pieces<Content>(words.through, { page }))]
    : [];
  const leave = stage.action(words[`leaveOut_${kind}`], "secondary", "recommendation", async () => {
    await rate(stage, id, "down");
    if (kind === "topic") {
      topics.value = split(topics.value)
        .filter((topic) => topic !== title)
        .join(", ");
    }
    const rows = [...list.children];
    const first = rows.findIndex((each) => RESTS_ON.get(each) === id);
    for (const each of rows) if (RESTS_ON.get(each) === id) each.remove();
    opener.announce(leftOut(stage, title));
    const next = list.children[Math.min(first, list.children.length - 1)];
    if (next) return next.querySelector<HTMLElement>("a, button")?.focus();
    const empty = note(words.nothingForYou);
    list.replaceWith(empty);
    empty.focus();
  });
  return [...through, h("div", { className: "buttons" }, leave)];
}

function leftOut(stage: Stage, title: string): string {
  return stage.say(stage.words.leftOut, { title });
}
