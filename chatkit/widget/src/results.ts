/** Sections of the site that fit what is being typed, in a list under the field: arrows choose, Enter opens. */
import type { SearchResult } from "./client.ts";
import { type Content, h, link, svg } from "./dom.ts";
import { isRequestError } from "./errors.ts";
import { Icon } from "./icons.ts";
import { fromFirst, marked } from "./marked.ts";
import type { Seeker } from "./seeker.ts";
import { say } from "./words.ts";

/** So many letters are worth a search, and no longer text is one. */
const SHORTEST = 2;
const LONGEST = 200;
/** A pause of the typing. */
const PAUSE_MS = 150;
/** Screen readers have said the letters by then. */
const SPEAK_MS = 500;
const SHOWN = 5;
/** So many answers of the server are kept for a reader who takes letters back. */
const REMEMBERED = 50;

/** Ids are those of the widget's own root. */
const ID = "results";

export class Results {
  /** What was found, under the field. */
  readonly element: HTMLElement;
  #options: HTMLElement[] = [];
  /** The chosen row; -1 is the text itself. */
  #chosen = -1;
  /** What the first row asks. */
  #text = "";
  #rows: readonly SearchResult[] = [];
  #found = new Map<string, readonly SearchResult[]>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #speech: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | undefined;
  /** Until when the server refuses searches. */
  #refusedUntil = 0;

  constructor(
    readonly seeker: Seeker,
    /** Called when the list appears or goes. */
    readonly changed: (shown: boolean) => void,
  ) {
    const { composer, words } = seeker;
    const { input } = composer;
    this.element = h("div", {
      id: ID,
      className: "opts",
      role: "listbox",
      ariaLabel: words.searchOrAsk,
    });
    input.setAttribute("aria-autocomplete", "list");
    input.addEventListener("input", () => this.#typed());
    composer.element.addEventListener("submit", () => this.clear());
    composer.keys.push((event) => this.#take(event));
    // A reader may have typed before this came.
    if (input.matches(":focus")) this.#typed();
  }

  get shown(): boolean {
    return this.element.isConnected;
  }

  /** Takes the list away, and whatever is on its way to it. */
  clear(): void {
    this.#cancel();
    this.#options = [];
    this.#rows = [];
    this.#text = "";
    const { input, results } = this.seeker.composer;
    results.replaceChildren();
    input.removeAttribute("aria-controls");
    this.#choose(-1);
    this.changed(false);
  }

  #typed(): void {
    const { seeker } = this;
    const query = seeker.composer.input.value.trim();
    const { length } = [...query];
    if (!seeker.searching || length < SHORTEST || length > LONGEST) return this.clear();
    this.#cancel();
    const found = this.#found.get(this.#key(query));
    this.#show(query, found);
    if (found) this.#speak(found.length);
    else this.#pause = setTimeout(() => this.#search(query), PAUSE_MS);
  }

  #cancel(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#speech);
    this.#request?.abort();
  }

  async #search(query: string): Promise<void> {
    if (Date.now() < this.#refusedUntil) return this.#without(query);
    const { seeker } = this;
    const key = this.#key(query);
    const request = (this.#request = new AbortController());
    try {
      const asked = { q: query, ...seeker.where() };
      const { results } = await seeker.client.send(
        "get",
        "/api/v1/search",
        asked,
        "",
        request.signal,
      );
      if (request.signal.aborted) return;
      if (this.#found.size >= REMEMBERED) this.#found.clear();
      this.#found.set(key, results);
      this.#show(query, results);
      this.#speak(results.length);
      seeker.host.emit("search", { query, results: results.length });
    } catch (error) {
      if (request.signal.aborted) return;
      // Searching is beside the question, which can be asked all the same: there is nothing to say.
      const { retryAfter = 5 } = isRequestError(error) ? error : {};
      this.#refusedUntil = Date.now() + retryAfter * 1000;
      this.#without(query);
      seeker.failed();
    }
  }

  /** What was found is remembered for a place: another version has other sections. */
  #key(query: string): string {
    return JSON.stringify([query, this.seeker.where()]);
  }

  /** Shows no rows: what was found for another text is none of this one's. */
  #without(query: string): void {
    this.#rows = [];
    this.#show(query, undefined);
  }

  /** Shows the rows of a text: one that asks it, and what was found; what was found before, until that is known. */
  #show(text: string, found: readonly SearchResult[] | undefined): void {
    const { words } = this.seeker;
    const chosen = this.#text === text ? this.#chosen : 0;
    const before = address(this.#options[chosen]);
    this.#text = text;
    this.#rows = found ?? this.#rows;
    const rows = this.#rows.slice(0, SHOWN).map((result) => this.#row(result));
    const ask = h(
      "div",
      { className: "opt", role: "option" },
      svg(Icon.chat),
      h("span", { dir: "auto" }, say(words.askThis, { question: text })),
      enter(),
    );
    ask.onclick = () => this.seeker.ask(text);
    const label = h("div", { className: "lab", ariaHidden: "true" }, words.goToPage);
    const group = h("div", { role: "group", ariaLabel: words.goToPage }, label, ...rows);
    const none = h("div", { className: "lab", role: "presentation" }, words.noSection);
    this.element.replaceChildren(ask, ...(rows[0] ? [group] : found ? [none] : []));
    this.#options = [ask, ...rows];
    this.#options.forEach((option, index) => (option.id = `${ID}-${index}`));
    const { input, results } = this.seeker.composer;
    if (!this.shown) results.replaceChildren(this.element);
    input.setAttribute("aria-controls", ID);
    // A reader who has chosen a row meanwhile keeps it, and one who went back into the text stays there.
    const same = rows.findIndex((row) => address(row) === before) + 1;
    this.#choose(chosen > 0 ? same : chosen);
    this.changed(true);
  }

  #row({ path, url, excerpt, highlights, heading_highlights }: SearchResult): HTMLElement {
    const above = path.slice(0, -1).map((heading) => `${heading} › `);
    const own = h("b", {}, ...marked(path.at(-1) ?? "", heading_highlights));
    const text: Content[] = [h("span", { className: "p", dir: "auto" }, ...above, own)];
    if (excerpt)
      text.push(h("small", { dir: "auto" }, ...marked(...fromFirst(excerpt, highlights))));
    const row = link(
      url,
      { className: "opt", tabIndex: -1 },
      svg(Icon.hash),
      h("span", {}, ...text),
      enter(),
    );
    row.role = "option";
    // Once the browser, or the page, has followed it.
    row.addEventListener("click", () => setTimeout(() => this.clear()));
    return row;
  }

  #choose(index: number): void {
    const { input } = this.seeker.composer;
    this.#chosen = index;
    this.#options.forEach((option, at) => (option.ariaSelected = `${at === index}`));
    const option = this.#options[index];
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    if (index > 0) option?.scrollIntoView({ block: "nearest" });
  }

  /** Takes the keys that choose and open; returns whether this was one. */
  #take(event: KeyboardEvent): boolean {
    if (!this.shown) return false;
    const { key, shiftKey, ctrlKey, metaKey } = event;
    const chosen = this.#chosen;
    if (key === "ArrowDown") this.#choose(Math.min(chosen + 1, this.#options.length - 1));
    // From the first row the way up leads back into the text.
    else if (key === "ArrowUp" && chosen >= 0) this.#choose(chosen - 1);
    else if (key === "Escape") {
      this.clear();
      event.stopPropagation();
    } else if (key === "Enter" && !shiftKey && chosen > 0) {
      const click = { bubbles: true, composed: true, cancelable: true, ctrlKey, metaKey };
      this.#options[chosen]!.dispatchEvent(new MouseEvent("click", click));
    } else return false;
    return true;
  }

  #speak(found: number): void {
    const { seeker } = this;
    const { words } = seeker;
    const count = Math.min(found, SHOWN);
    const sentence = count ? say(words.results, { count }, words.locale) : words.noSection;
    this.#speech = setTimeout(() => seeker.announce(sentence), SPEAK_MS);
  }
}

/** Where a row leads. */
function address(row: HTMLElement | undefined): string | undefined {
  return row instanceof HTMLAnchorElement ? row.href : undefined;
}

/** Says on the chosen row which key takes it. */
function enter(): HTMLElement {
  return h("kbd", { ariaHidden: "true" }, "Enter");
}
