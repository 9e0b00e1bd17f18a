/** What goes wrong with what a reader began: said with what can be done, and announced to the page. */
import type { Access } from "./access.ts";
import { OFFERS_SIGN_IN } from "./account.ts";
import type { Composer } from "./composer.ts";
import { countDown, countDownOn } from "./countdown.ts";
import { button, type Content, h, type Work } from "./dom.ts";
import { type ChatKitError, isRequestError } from "./errors.ts";
import type { NoticeOptions } from "./notices.ts";
import { type AllWords, duration, say, sayError, sayRequest } from "./words.ts";

/** What the widget itself refuses, in English as the server would say it. */
const OWN: Record<string, string> = {
  message_too_long: "A question may have at most 2,000 characters.",
};

/** What telling of trouble needs of the controls. */
export interface TroubleTeller {
  readonly host: { emit(name: string, detail?: object): unknown };
  readonly access: Access;
  readonly words: AllWords;
  readonly signal: AbortSignal;
  readonly panel: { readonly composer: Composer; focus(): void };
  readonly account: { readonly email: string | undefined; sync(message: string): void };
  announce(sentence: string): void;
  notice(content: Content | Content[], options?: NoticeOptions): HTMLElement;
  signIn(why: "whyAsk"): Promise<void>;
}

export class Trouble {
  /** Ends the counting down of a limit. */
  #limited: AbortController | undefined;
  /** Whose limit it is. */
  #whose: string | undefined;

  constructor(readonly teller: TroubleTeller) {}

  /** Says whose trouble it is: a limit is for the one who met it. */
  of(email: string | undefined): void {
    if (email !== this.#whose) this.#limited?.abort();
    this.#whose = email;
  }

  /** Runs a button's action, once at a time; shows its failure, counts its limit down. */
  async run(action: string, button: HTMLButtonElement, work: Work): Promise<void> {
    const { teller } = this;
    if (button.ariaBusy || button.ariaDisabled) return;
    button.ariaBusy = "true";
    try {
      await work(button);
    } catch (error) {
      const sentence = this.explain(error, action, button);
      const options: NoticeOptions = { urgent: true };
      if ((error as ChatKitError).code === "part_failed") {
        options.action = [teller.words.retry, () => this.run(action, button, work)];
      }
      if (sentence) teller.notice(sentence, options);
    }
    button.ariaBusy = null;
  }

  /**
   * Announces an error to the page, and returns a sentence for the reader. A rate limit is counted
   * down on what met it, and there is nothing more to say.
   */
  explain(error: unknown, action: string, button?: HTMLButtonElement): string | undefined {
    const { teller } = this;
    const { host, words, signal } = teller;
    // Anything but an answer of the API is a mistake of ours: the console shall have it whole.
    if (!isRequestError(error)) {
      reportError(error);
      return words.error_unexpected;
    }
    const { code, retryAfter = 1, requestId } = error;
    const message = sayError(words, code, error.message || OWN[code]);
    if (code === "rate_limited") {
      if (button) countDownOn(button, retryAfter, signal, words);
      if (button) teller.notice(message);
      else this.#limitQuestions(error);
      host.emit("rate-limited", { action, retryAfter });
      return;
    }
    host.emit("error", { error: code, message, requestId });
    if (this.noteEnded()) return words.sessionEnded;
    return requestId ? `${message} (${sayRequest(words, requestId)})` : message;
  }

  /** Says that the session has ended, where a call has found that. */
  noteEnded(): boolean {
    const { account, access, words } = this.teller;
    const ended = !!account.email && !access.session.stored.token;
    if (ended) account.sync(words.sessionEnded);
    return ended;
  }

  /** Counts the limit of questions down above the composer, where the question stays as a draft. */
  #limitQuestions(error: ChatKitError): void {
    const { teller } = this;
    const { words, account, panel } = teller;
    const wait = h("b");
    // How many questions a minute has, when that is what was exceeded.
    const count = Number(error.policy?.match(/;q=(\d+);w=60$/)?.[1]);
    const limit = count ? [" ", say(words.limit, { count }, words.locale)] : [];
    const notice = teller.notice([wait, ...limit, " ", words.draftStays], { lasting: true });
    if (!account.email && OFFERS_SIGN_IN) {
      const offer = button(words.signIn, { className: "link" }, (pressed) =>
        this.run("account", pressed, () => teller.signIn("whyAsk")),
      );
      notice.firstElementChild!.append(" ", offer);
    }
    const limited = (this.#limited = new AbortController());
    const ends = AbortSignal.any([teller.signal, limited.signal]);
    countDown(error.retryAfter ?? 1, ends, (left) => {
      panel.composer.limited = !!left;
      wait.textContent = say(words.askAgainIn, { time: duration(left, words) });
      if (left) return;
      const focused = notice.matches(":focus-within");
      notice.remove();
      if (focused) panel.focus();
      if (!ends.aborted) teller.announce(words.askAgain);
    });
    teller.announce(notice.firstElementChild!.textContent);
  }
}
