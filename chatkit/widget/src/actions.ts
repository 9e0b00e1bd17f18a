/** What can be done with an answer: copied, opened, asked anew, rated. */
import type { Source } from "./client.ts";
import { type Announcer, answerAsMarkdown, copy } from "./copy.ts";
import type { Conversation } from "./conversations.ts";
import { button, h, link, svg } from "./dom.ts";
import type { Rater } from "./feedback.ts";
import { Icon } from "./icons.ts";
import type { LocalMessage, Rating } from "./messages.ts";
import { load } from "./parts.ts";
import type { Turn } from "./turn.ts";
import type { AllWords } from "./words.ts";

/** What acting on an answer needs of the panel. */
export interface ActionHost extends Announcer, Rater {
  readonly composer: { value: string; readonly input: HTMLTextAreaElement };
  readonly conversation: Conversation;
  /** Asks for an answer once more, in place of the one that came or did not come. */
  askAgain(answer: LocalMessage): void;
}

export class Actions {
  constructor(
    readonly host: ActionHost,
    readonly words: AllWords,
  ) {}

  /** The buttons of an answer; `own` is the section that it is from, and a model's can be written anew. */
  of(turn: Turn, own: Source | undefined, written: boolean): HTMLElement[] {
    const { host, words } = this;
    const { message, question } = turn;
    const { content, sources = [], citations = [], outcome, message_id } = message;
    if (!content || outcome === "greeting" || outcome === "not_covered") return [];
    const quiet = { className: "quiet", icon: Icon.copy };
    const buttons = [];
    if (outcome !== "nearest") {
      buttons.push(
        button(words.copyAnswer, quiet, (pressed) =>
          copy(answerAsMarkdown(content, sources, citations), pressed, host, words),
        ),
      );
    }
    if (own) {
      const open = { part: "citation", className: "quiet open" };
      buttons.push(link(own.url, open, svg(Icon.open), h("span", {}, words.openSection)));
    }
    const end = h("span", { className: "rating" });
    if (question) {
      const edit = { className: "bare quiet", icon: Icon.pencil };
      end.append(button(words.edit, edit, () => this.#edit(question)));
    }
    if (question && (written || message.metadata?.fallback)) {
      const anew = { className: "bare quiet", icon: Icon.again };
      end.append(button(words.regenerate, anew, () => host.askAgain(message)));
    }
    if (message_id && outcome) {
      end.append(
        this.#choice(turn, "up", words.helpful, Icon.up),
        this.#choice(turn, "down", words.notHelpful, Icon.down),
      );
    }
    return [h("div", { className: "acts" }, ...buttons, end)];
  }

  /** The button that puts a question back into the composer. */
  changing({ question }: Turn): HTMLElement[] {
    const options = { className: "secondary", icon: Icon.pencil };
    return question ? [button(this.words.changeQuestion, options, () => this.#edit(question))] : [];
  }

  /** Puts a question into the composer, to be changed and asked. */
  #edit({ content }: LocalMessage): void {
    const { composer } = this.host;
    composer.value = content;
    composer.input.focus();
  }

  /** Shows how an answer was rated. */
  update({ answer, message }: Turn): void {
    for (const choice of answer.querySelectorAll<HTMLElement>("[data-rating]"))
      choice.ariaPressed = `${choice.dataset["rating"] === message.rating}`;
  }

  /** A button that rates the answer. */
  #choice({ message }: Turn, rating: Rating, label: string, icon: string): HTMLButtonElement {
    const { host, words } = this;
    const work = async () => {
      message.rating = rating;
      host.conversation.tell((view) => view.changed(message));
      const { rate } = await load(() => import("./feedback.ts"), words);
      await rate(host, words, message, choice, choice.closest(".acts")!);
    };
    const choice = button(label, { className: "bare quiet", icon }, () =>
      host.control((controls) => controls.run("feedback", choice, work)),
    );
    choice.dataset["rating"] = rating;
    choice.ariaPressed = `${message.rating === rating}`;
    return choice;
  }
}
