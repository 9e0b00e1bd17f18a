/** What stands in the empty panel: questions about the page, those that are often asked, and recent conversations. */
import type { Suggestions } from "./client.ts";
import { h, svg } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { RecentChat, Seeker } from "./seeker.ts";
import { type AllWords, duration, say } from "./words.ts";

const PAGE_QUESTIONS = 3;
const OFTEN_ASKED = 2;
const RECENT = 2;
/** So long after a failure the server is asked again. */
const AGAIN_MS = 30_000;
const NOTHING: Suggestions = { questions: [], often_asked: [], page_title: null };

/** The questions that the owner gives in the attribute `starters`, with `|` between them. */
function stated(host: HTMLElement): string[] {
  const texts = (host.getAttribute("starters") ?? "").split("|");
  return texts.map((text) => text.trim()).filter(Boolean);
}

export class Starters {
  readonly element = h("div", { className: "starters" });
  #suggested: Suggestions = NOTHING;
  /** The page and the scope that these are of. */
  #of: string | undefined;
  /** Until when these hold. */
  #until = 0;

  /** What is shown, so that nothing is drawn anew that a reader may be at. */
  #shown = "";

  constructor(readonly seeker: Seeker) {}

  /** Shows what there is to begin with on this page; asks the server once a page. */
  async update(): Promise<void> {
    this.#draw();
    const { seeker } = this;
    const where = seeker.where();
    const of = JSON.stringify(where);
    if (of === this.#of && Date.now() < this.#until) return;
    this.#of = of;
    this.#until = Infinity;
    try {
      const found = await seeker.client.send("get", "/api/v1/suggestions", where);
      if (of !== this.#of) return;
      this.#suggested = found;
    } catch {
      // The panel is of use without them, too.
      if (of !== this.#of) return;
      seeker.failed();
      this.#suggested = NOTHING;
      this.#until = Date.now() + AGAIN_MS;
    }
    this.#draw();
  }

  #draw(): void {
    const { seeker } = this;
    const { words, host } = seeker;
    const { questions, often_asked, page_title } = this.#suggested;
    const own = stated(host);
    const first = own[0] ? own : questions.slice(0, PAGE_QUESTIONS);
    const often = often_asked.filter((question) => !first.includes(question)).slice(0, OFTEN_ASKED);
    const recent = seeker
      .recentChats()
      .slice(0, RECENT)
      .map((chat) => ({ chat, ago: ago(chat, words) }));
    const title =
      page_title && !own[0] ? say(words.aboutPage, { title: page_title }) : words.beginWith;
    const shown = JSON.stringify([title, first, often, recent]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const ask = (question: string) => row(Icon.chat, question, () => seeker.ask(question));
    this.element.replaceChildren(
      ...section(title, first.map(ask)),
      ...section(words.oftenAsked, often.map(ask)),
      ...section(
        words.recent,
        recent.map(({ chat, ago }) => {
          const element = row(Icon.clock, chat.title, () => seeker.openRecent(chat));
          element.append(h("small", { className: "when" }, ago));
          return element;
        }),
      ),
    );
  }
}

/** How long ago a conversation was, two minutes at least: nobody watches it count. */
function ago(chat: RecentChat, words: AllWords): string {
  return duration(Math.max((Date.now() - chat.at) / 1000, 120), words);
}

function row(icon: string, text: string, work: () => unknown): HTMLButtonElement {
  const element = h(
    "button",
    { type: "button", className: "ask" },
    svg(icon),
    h("span", { dir: "auto" }, text),
  );
  element.onclick = work;
  return element;
}

function section(title: string, rows: HTMLElement[]): HTMLElement[] {
  if (!rows[0]) return [];
  const items = rows.map((each) => h("li", {}, each));
  const list = h("ul", { className: "asks", role: "list", ariaLabel: title }, ...items);
  return [h("section", {}, h("h3", { className: "lab", dir: "auto" }, title), list)];
}
