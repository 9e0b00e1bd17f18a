/** Sentences of which the server says that the pages do not support them. */
import { type Content, h } from "./dom.ts";

/** How the server says of a sentence that the pages do not support it: after it, in the question's language. */
const UNSUPPORTED =
  / ?(?:\(not found on the site's pages\)|\(auf den Seiten nicht gefunden\)|\(introuvable dans les pages du site\)|\(no se encuentra en las páginas del sitio\)|\(não encontrado nas páginas do site\)|（在本站页面中未找到）|（サイトのページには見つかりません）|\(사이트 페이지에서 찾을 수 없음\)|\(غير موجود في صفحات الموقع\))/;
/** What stands before the last sentence of a text. */
const EARLIER = /^[^]*(?:[.!?…:][)"'’”*_]*(?: ?\[\d{1,2}\])*\s+|[。！？][」』”]*)(?=[^\s])/;

/** A text in which every code and all bold words have ended. */
const CLOSED = /^(?:[^`*]|`[^`]*`|\*\*(?:[^*]|\*(?!\*))*\*\*|\*(?!\*))*$/;

/** Renders words by `inline`, and shows after each sentence that the pages do not support a `tag` that says so. */
export function withTags(
  text: string,
  inline: (text: string) => Content[],
  tag: string,
): Content[] {
  const sentences = text.split(UNSUPPORTED);
  const rest = sentences.pop()!;
  const tagged = sentences.flatMap((part) => {
    const [earlier = ""] = EARLIER.exec(part) ?? [];
    // Where code or bold words are still open, what looks like a sentence's end is none.
    const cut = CLOSED.test(earlier) ? earlier : "";
    return [
      ...inline(cut),
      h("span", { className: "unfound" }, ...inline(part.slice(cut.length))),
      " ",
      h("span", { className: "tag" }, tag),
    ];
  });
  return [...tagged, ...inline(rest)];
}
