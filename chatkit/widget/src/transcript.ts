import type { Message, Source } from "./client.ts";
import { button, h, link } from "./dom.ts";
import { Icon } from "./icons.ts";
import { blocks, render } from "./markdown.ts";
import { strings } from "./strings.ts";

/** A message, and what this page knows of it beside what the server keeps of a saved one. */
export interface LocalMessage extends Message {
  /** Names an answer that can be rated. */
  message_id?: string;
  rating?: Rating;
}
export type Rating = "up" | "down";
/** Tells the server what a reader thinks of an answer. */
export type RateHandler = (
  turn: LocalMessage,
  rating: Rating,
  button: HTMLButtonElement,
) => unknown;

/** One message on the page, and what is known of it. */
export class MessageView {
  readonly element: HTMLElement;
  #text = h("div", { className: "text" });
  #shown: string[] = [];
  #frame = 0;
  #notice: HTMLElement | undefined;

  constructor(
    readonly message: LocalMessage,
    readonly rate: RateHandler,
  ) {
    const { role, content, sources } = message;
    const ariaLabel = role === "user" ? strings.you : strings.answer;
    this.element = h("article", { part: `message message-${role}`, ariaLabel }, this.#text);
    if (role === "user") this.#text.append(content);
    else this.#render();
    if (sources) this.cite(sources);
    this.pending = false;
  }

  /** Shows the passages that the answer rests on, ahead of its text. */
  cite(sources: Source[]): void {
    this.message.sources = sources;
    const list = h("ol", { className: "sources", ariaLabel: strings.sources });
    for (const { title, url, excerpt } of sources) {
      const words = [h("b", {}, title), h("span", {}, excerpt)];
      list.append(h("li", {}, link(url, { part: "citation" }, ...words)));
    }
    if (sources.length) this.element.prepend(list);
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
    if (pending || !message.message_id) return;
    const choice = (value: Rating, label: string, icon: string) => {
      const one = button(label, { className: "bare quiet", icon }, () => {
        message.rating = value;
        for (const other of [up, down]) other.ariaPressed = `${other === one}`;
        this.rate(message, value, one);
      });
      one.ariaPressed = `${message.rating === value}`;
      return one;
    };
    const up = choice("up", strings.helpful, Icon.up);
    const down = choice("down", strings.notHelpful, Icon.down);
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
    const sources = blocks(this.message.content);
    const { children } = this.#text;
    this.#frame = 0;
    sources.forEach((source, at) => {
      if (source === this.#shown[at]) return;
      children[at]?.remove();
      this.#text.insertBefore(render(source), children[at] ?? null);
    });
    this.#shown = sources;
  }
}

/** The conversation on the page. Its style keeps the end in view while a reader is there. */
export class Transcript {
  #flow = h("div");
  readonly element = h(
    "div",
    { part: "transcript", role: "log", ariaLabel: strings.conversation, tabIndex: 0 },
    this.#flow,
  );
  #entries: MessageView[] = [];

  constructor(readonly rate: RateHandler) {}

  /** What has been said so far, without answers that never began. */
  get messages(): LocalMessage[] {
    return this.#entries.map(({ message }) => message).filter(({ content }) => content);
  }

  /** Shows another conversation in place of this one. */
  replace(messages: LocalMessage[]): void {
    this.#entries = [];
    this.#flow.replaceChildren(
      h("div", { className: "greeting" }, h("h3", {}, strings.greeting), strings.greetingText),
    );
    messages.forEach((message) => this.add(message));
  }

  /** Adds a message at the end and brings it into view. */
  add(message: LocalMessage): MessageView {
    const entry = new MessageView(message, this.rate);
    // The browser may skip a whole group that is off screen.
    if (this.#entries.push(entry) % 50 === 1) this.#flow.append(h("div", { className: "group" }));
    this.#flow.lastElementChild!.append(entry.element);
    this.element.scrollTop = 0;
    return entry;
  }

  /** The latest message. */
  get last(): MessageView | undefined {
    return this.#entries.at(-1);
  }

  /** Takes messages out, to ask again. */
  remove(...entries: MessageView[]): void {
    this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
    for (const { element } of entries) element.remove();
  }
}
