/** The conversation on the page: messages with their text, sources, notices and ratings. */
import type { Message, People, Source } from "./client.ts";
import { button, type Content, h, link } from "./dom.ts";
import { Icon } from "./icons.ts";
import { blocks, render } from "./markdown.ts";
import { strings } from "./strings.ts";

export type Rating = "up" | "down";

/** A message as the API saves it, and what this page alone knows of it. */
export interface LocalMessage extends Message {
  /** Names an answer that can be rated. */
  message_id?: string;
  rating?: Rating;
  ask_people?: People;
}

/** Sends a reader's rating to the server. */
export type RateHandler = (
  message: LocalMessage,
  rating: Rating,
  button: HTMLButtonElement,
) => unknown;

/** Names the version and the language of a source, where they are not the reader's. */
export type ElsewhereHandler = (source: Source) => string;

/** One message on the page, and what is known of it. */
export class MessageView {
  readonly element: HTMLElement;
  #text = h("div", { className: "text" });
  /** What stands above the text: the section that it is from. */
  #from = h("p", { className: "from" });
  /** What stands below it: the other sections that were found. */
  #more = h("div");
  #rendered: string[] = [];
  #frame = 0;
  #notice: HTMLElement | undefined;

  constructor(
    readonly message: LocalMessage,
    readonly rate: RateHandler,
    readonly elsewhere: ElsewhereHandler,
  ) {
    const { role, content } = message;
    const ariaLabel = role === "user" ? strings.you : strings.answer;
    this.element = h("article", { part: `message message-${role}`, ariaLabel }, this.#text);
    if (role === "user") this.#text.append(content);
    else {
      this.element.prepend(this.#from);
      this.element.append(this.#more);
      this.#render();
      this.update({});
    }
    this.pending = false;
  }

  /** Takes in what has become known of the answer, and draws it as what it claims to be. */
  update(known: Partial<LocalMessage>): void {
    const {
      content,
      sources = [],
      citations = [],
      outcome,
      ask_people,
    } = Object.assign(this.message, known);
    // As a rule an answer is from one section: that one is named above it, and the others are more on this.
    const own = citations[1] ? undefined : sources.find(({ id }) => id === citations[0]);
    // The text itself lists the sections that come nearest, with their lines.
    const listed = outcome === "nearest" ? (content.match(/^\d+\. /gm) ?? []).length : 0;
    const rows = sources.filter(
      (source, index) => source !== own && index >= listed && outcome !== "not_covered",
    );
    this.element.dataset.outcome = outcome ?? "";
    this.#from.replaceChildren(
      ...(own ? [numbered(sources, own), cited(own, path(own), this.#named(own))] : []),
    );
    this.#more.replaceChildren();
    if (rows[0]) {
      const title = own ? strings.more : strings.sources;
      const list = h("ol", { className: "sources", role: "list", ariaLabel: title });
      for (const source of rows) {
        const { excerpt, language = "" } = source;
        const lines = h("small", { dir: "auto", lang: language ?? "" }, ...marked(source));
        list.append(
          h(
            "li",
            {},
            cited(
              source,
              numbered(sources, source),
              h("span", {}, path(source), this.#named(source), lines),
            ),
          ),
        );
        lines.hidden = !excerpt;
      }
      // A list of the nearest sections is announced by the answer itself.
      this.#more.append(outcome === "nearest" ? "" : h("h3", {}, title), list);
    }
    if (outcome === "nearest") {
      const people = ask_people
        ? [strings.orAsk, link(ask_people.url, {}, ask_people.label), "."]
        : ["."];
      this.#more.append(h("small", {}, strings.notThere, ...people));
    }
  }

  /** The version and the language of a source, where they are others than the reader's. */
  #named(source: Source): Content {
    const words = this.elsewhere(source);
    return words && h("small", { className: "scope" }, ` ${words}`);
  }

  /** Adds a piece of the answer; pieces of one animation frame are rendered together. */
  append(content: string): void {
    this.message.content += content;
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  /** Marks the answer as being written, or as complete, which is when it is announced and can be rated. */
  set pending(pending: boolean) {
    const { message, element } = this;
    element.ariaBusy = `${pending}`;
    if (pending || !message.message_id || message.outcome === "greeting") return;
    const ratingButton = (value: Rating, label: string, icon: string) => {
      const choice = button(label, { className: "bare quiet", icon }, () => {
        message.rating = value;
        for (const other of [up, down]) other.ariaPressed = `${other === choice}`;
        this.rate(message, value, choice);
      });
      choice.ariaPressed = `${message.rating === value}`;
      return choice;
    };
    const up = ratingButton("up", strings.helpful, Icon.up);
    const down = ratingButton("down", strings.notHelpful, Icon.down);
    element.append(h("div", { className: "rating" }, up, down));
  }

  /** Says after the message why it waits or ended early, and what can be done; nothing takes it back. */
  notice(...content: (Node | string)[]): void {
    this.#notice?.remove();
    this.#notice = h("p", { className: "notice" }, ...content);
    if (content[0]) this.element.append(this.#notice);
  }

  /** Replaces only the blocks that differ, so that what is selected or focused above them stays. */
  #render(): void {
    const texts = blocks(this.message.content);
    const { children } = this.#text;
    this.#frame = 0;
    texts.forEach((text, index) => {
      if (text === this.#rendered[index]) return;
      children[index]?.remove();
      this.#text.insertBefore(render(text), children[index] ?? null);
    });
    this.#rendered = texts;
  }
}

/** The number of a source, which the marks of the text count. */
function numbered(sources: Source[], source: Source): HTMLElement {
  return h("span", { className: "number" }, `${sources.indexOf(source) + 1}`);
}

/** The link to the section of a source. */
function cited({ url }: Source, ...content: Content[]): HTMLElement {
  return link(url, { part: "citation" }, ...content);
}

/** The headings above a section, and its own. */
function path({ path, title }: Source): HTMLElement {
  const headings = path?.[0] ? [...path] : title.split(" › ");
  const own = headings.pop()!;
  const above = headings.map((heading) => `${heading} › `);
  return h("span", { className: "path", dir: "auto" }, ...above, h("b", {}, own));
}

/** The excerpt of a source with what decides in it marked. The server counts characters, and not their halves. */
function marked({ excerpt, highlights = [] }: Source): Content[] {
  const letters = [...excerpt];
  const content: Content[] = [];
  let done = 0;
  const take = (end: number) => letters.slice(done, (done = Math.max(done, end))).join("");
  for (const [start = 0, end = 0] of highlights) {
    content.push(take(start), h("mark", {}, take(end)));
  }
  return [...content, take(letters.length)];
}

/** The conversation on the page. Its style keeps the end in view while a reader is there. */
export class Transcript {
  #flow = h("div");
  readonly element = h(
    "div",
    { part: "transcript", role: "log", ariaLabel: strings.conversation, tabIndex: 0 },
    this.#flow,
  );
  #views: MessageView[] = [];

  constructor(
    readonly rate: RateHandler,
    readonly elsewhere: ElsewhereHandler,
  ) {}

  /** What has been said so far, without answers that never began. */
  get messages(): LocalMessage[] {
    return this.#views.map(({ message }) => message).filter(({ content }) => content);
  }

  /** Shows another conversation in place of this one. */
  replace(messages: LocalMessage[]): void {
    this.#views = [];
    this.#flow.replaceChildren(
      h("div", { className: "greeting" }, h("h3", {}, strings.greeting), strings.greetingText),
    );
    messages.forEach((message) => this.add(message));
  }

  /** Adds a message at the end and brings it into view. */
  add(message: LocalMessage): MessageView {
    const view = new MessageView(message, this.rate, this.elsewhere);
    // The browser may skip a whole group that is off screen.
    if (this.#views.push(view) % 50 === 1) this.#flow.append(h("div", { className: "group" }));
    this.#flow.lastElementChild!.append(view.element);
    this.element.scrollTop = 0;
    return view;
  }

  /** The latest message. */
  get last(): MessageView | undefined {
    return this.#views.at(-1);
  }

  /** Takes messages out, to ask again. */
  remove(...views: MessageView[]): void {
    this.#views = this.#views.filter((view) => !views.includes(view));
    for (const { element } of views) element.remove();
  }
}
