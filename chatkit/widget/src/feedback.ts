/** What a reader thinks of an answer: sent at once, and asked for the reason where it did not help. Loaded on demand. */
import type { Client } from "./client.ts";
import { button, h } from "./dom.ts";
import css from "./feedback.css";
import type { LocalMessage } from "./messages.ts";
import { adopt } from "./styles.ts";
import type { components } from "./types.ts";
import type { AllWords } from "./words.ts";

type Rated = components["schemas"]["Feedback"];
interface Runner {
  run(action: string, button: HTMLButtonElement, work: () => Promise<unknown>): unknown;
}

/** What rating an answer needs of the panel. */
export interface Rater {
  /** The widget's element. */
  readonly host: HTMLElement;
  readonly client: Client;
  /** Says a sentence to assistive technology. */
  announce(sentence: string): void;
  /** Does something with the controls, of which one runs a button's action and shows its failure. */
  control(work: (controls: Runner) => unknown): void;
}

const REASONS = ["wrong", "incomplete", "outdated", "unclear", "other"] as const;

const sheet = adopt(css);

/** Sends a rating; thanks below `above`, or asks there what was wrong. `choice` is the button that was pressed. */
export async function rate(
  host: Rater,
  words: AllWords,
  message: LocalMessage,
  choice: HTMLButtonElement,
  above: HTMLElement,
): Promise<void> {
  sheet(host.host);
  const slot = newSlot(above);
  const send = (more: Pick<Rated, "reason" | "note"> = {}) =>
    host.client.send("post", "/api/v1/chat/feedback", {
      message_id: message.message_id!,
      session_id: host.client.session.stored.anonymous ?? null,
      rating: message.rating!,
      ...more,
    });
  const thank = () => {
    slot.replaceChildren(h("p", { className: "small muted" }, words.thanks));
    host.announce(words.thanks);
  };
  await send();
  if (message.rating === "up") return thank();
  const reasons = REASONS.map((value) =>
    h(
      "label",
      { className: "chip" },
      h("input", { type: "radio", name: "reason", value }),
      words[`reason_${value}`],
    ),
  );
  const note = h("textarea", { rows: 2, maxLength: 1000, dir: "auto" });
  const optional = h("span", { className: "muted" }, words.optional);
  const submit = button(words.send, { className: "primary" });
  const cancel = button(words.cancel, { className: "secondary" }, () => {
    slot.remove();
    choice.focus();
  });
  const form = h(
    "form",
    { className: "feedback" },
    h("fieldset", { className: "chips" }, h("legend", {}, words.whatWrong), ...reasons),
    h("label", { className: "field" }, h("span", {}, `${words.note} `, optional), note),
    h("div", { className: "buttons" }, submit, cancel),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    const chosen = form.querySelector<HTMLInputElement>(":checked")?.value as Rated["reason"];
    const work = async () => {
      await send({ reason: chosen ?? null, note: note.value.trim() || null });
      thank();
      choice.focus();
    };
    host.control((controls) => controls.run("feedback", submit, work));
  };
  slot.replaceChildren(form);
  slot.scrollIntoView({ block: "nearest" });
  host.announce(words.whatWrong);
}

/** The place below an answer's actions, emptied. */
function newSlot(above: HTMLElement): HTMLElement {
  if (above.nextElementSibling?.className === "slot") above.nextElementSibling.remove();
  const slot = h("div", { className: "slot" });
  above.after(slot);
  return slot;
}
