/**
 * Pages near the one that the reader is on, for whoever has no account. The server sends the same to everybody; what is
 * shown of it is chosen here, by what this browser knows.
 */
import { button, h } from "../dom.ts";
import { thisPage } from "../page-address.ts";
import { entry } from "./page-entry.ts";
import { showSignIn } from "./sign-in.ts";
import { secondary, type Stage } from "./stage.ts";

const SHOWN = 5;

/** Shows the pages, and offers to sign in where there are accounts. */
export function showNearPage(stage: Stage, offersSignIn: boolean): Promise<void> {
  const { words, client } = stage;
  const place = h("div");
  const signIn = button(words.signIn, secondary, () => showSignIn(stage, words.whyPersonalize));
  const buttons = h("div", { className: "buttons" }, signIn);
  const why = h("p", { className: "muted small" }, words.whyPersonalize);
  const offer = h("div", { className: "part" }, why, buttons);
  stage.show(words.moreOnTopic, place, ...(offersSignIn ? [offer] : []));
  return stage.fill(place, "personalize", async () => {
    const { recommendations } = await client.send("get", "/api/v1/recommendations", thisPage());
    const known = knownPages(stage);
    const near = recommendations.filter(({ id }) => !known.has(shared(id))).slice(0, SHOWN);
    if (!near[0]) return [h("p", { className: "muted" }, words.nothingNear)];
    const rows = near.map((page) => h("li", {}, entry(stage, page, page.kind === "page")));
    return [
      h("p", { className: "muted small" }, words.nearPage),
      h("ul", { className: "entries", role: "list" }, ...rows),
    ];
  });
}

/** The pages that this browser's conversations were held on, or were answered from. */
function knownPages({ opener: { conversation, memory } }: Stage): Set<string> {
  const recent = memory.recent.list.flatMap(({ messages }) => messages);
  const urls = [...conversation.messages, ...recent].flatMap(({ sources, citations, asked }) => [
    ...(sources ?? []).filter(({ id }) => citations?.includes(id)).map(({ url }) => url),
    asked?.context.page_url,
  ]);
  return new Set(urls.filter((url) => typeof url === "string").map(shared));
}

/** What all spellings of a page's address share. */
function shared(url: string): string {
  const place = URL.parse(url, location.href);
  return place ? place.origin + place.pathname.replace(/(\/index)?(\.html?)?\/?$/, "") : url;
}
