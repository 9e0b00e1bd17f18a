/** For you: pages that fit what a person asked and saved, each with its reason. */
import { h, link } from "../dom.ts";
import type { Stage } from "./stage.ts";

/** Shows the recommendations as the server gives them. */
export function showForYou(stage: Stage): Promise<void> {
  const { words, client } = stage;
  const place = h("div");
  stage.show(words.personalize, h("p", { className: "muted small" }, words.recommendText), place);
  return stage.fill(place, "personalize", async () => {
    const { recommendations } = await client.send("post", "/api/v1/user/personalize", {});
    const rows = recommendations.map(({ title, url, reason }) => {
      const above = title.split(" › ");
      const own = h("b", {}, above.pop()!);
      const path = h(
        "span",
        { className: "path", dir: "auto" },
        ...above.map((each) => `${each} › `),
        own,
      );
      return h(
        "li",
        {},
        link(url, { className: "entry" }, path, h("small", { dir: "auto" }, reason)),
      );
    });
    if (!rows[0]) return [h("p", { className: "muted" }, words.nothingHere)];
    return [h("ul", { className: "entries", role: "list" }, ...rows)];
  });
}
