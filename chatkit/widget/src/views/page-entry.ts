/** A page of a list: its link with the headings above it, and why it is there. */
import { h, link } from "../dom.ts";
import { sourcePath } from "../sources.ts";
import type { components } from "../types.ts";
import type { Stage } from "./stage.ts";

export type Recommendation = components["schemas"]["Recommendation"];

/** The link to a page, with the reason in the reader's language; one that is said above the list is left out. */
export function entry(stage: Stage, page: Recommendation, isSaid = false): HTMLElement {
  const reason = isSaid ? [] : [h("small", { dir: "auto" }, why(stage, page))];
  return link(page.url, { className: "entry" }, sourcePath(page), ...reason);
}

function why(stage: Stage, { kind, because }: Recommendation): string {
  return stage.say(stage.words[`because_${kind}`], { title: because?.title ?? "" });
}
