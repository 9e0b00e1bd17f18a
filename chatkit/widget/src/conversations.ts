/**
 * The conversation with an API, which all widgets of a page show. It belongs to the page and not to an element,
 * so it goes on when a router replaces the element, and it is kept for the tab, so it goes on after a reload.
 */
import { Client, type Question } from "./client.ts";
import { ChatKitError } from "./errors.ts";
import { isPending, type LocalMessage } from "./messages.ts";
import { pageAddress } from "./page-address.ts";
import { isRefusal, Reading } from "./reading.ts";

/** The longest question that the server takes, in characters, of which some are two letters of a string. */
const MAX_QUESTION = 2000;

/** What a widget does when the conversation changes. */
export interface ConversationView {
  /** Other messages are shown: all of them are to be drawn. */
  replaced(): void;
  /** A question was asked, and its answer begins, still empty. */
  began(question: LocalMessage, answer: LocalMessage): void;
  /** Text came, and stands at the end of the answer. */
  appended(answer: LocalMessage): void;
  /** Anything else of an answer is new: its state, its sources, its rating. */
  changed(answer: LocalMessage): void;
  /** A question was taken out with its answer. */
  removed(answer: LocalMessage): void;
  /** The reader logged out: nothing of theirs may stay, neither typed nor selected. */
  forgot(): void;
  /** Somebody signed in or out, perhaps in another tab. */
  userChanged(): void;

  // What only the widget that asked does, or another one when that one is gone.

  /** The answer is complete. */
  answered(answer: LocalMessage): void;
  /** The answer did not come. */
  failed(error: unknown): void;
  /** The question was not taken, for a limit or its length. It stands in no turn, and may be a draft again. */
  refused(error: unknown, question: string): void;
}

/** What a question is about, beside its words: as the API calls it. */
export type About = Pick<Question["context"], "selected_text" | "site" | "version" | "language">;

/** What keeps a conversation in this browser. */
export interface Keeper {
  /** Keeps it for a reload. */
  store(): void;
  /** Keeps it among the recent ones. */
  keepRecent(): void;
}

export class Conversation {
  readonly client: Client;
  /** What this browser keeps of it; undefined until that part has come. */
  keeper: Keeper | undefined;
  /** What is typed and not asked; a widget that starts shows it. */
  draft = "";
  /** Whether the panel is open; undefined until a reader has opened or closed it. */
  open: boolean | undefined;
  /** A reader has done something, so there is something to keep for a reload. */
  used = false;
  /** Which questions follow on each other; undefined until one is asked. */
  id: string | undefined;
  /** What is shown is saved in the account as it stands. */
  saved = false;
  #views: ConversationView[] = [];
  #messages: LocalMessage[] = [];
  /** The answer that is on its way. */
  #reading: Reading | undefined;

  constructor(base: string) {
    this.client = new Client(base);
  }

  /** Everything said, in order. */
  get messages(): readonly LocalMessage[] {
    return this.#messages;
  }

  /** The answer that is on its way. */
  get pending(): LocalMessage | undefined {
    const answer = this.#reading?.answer;
    return answer && isPending(answer) ? answer : undefined;
  }

  /** Shows the conversation in a widget until `signal` aborts. */
  attach(view: ConversationView, signal: AbortSignal): void {
    this.#views.push(view);
    signal.addEventListener("abort", () => {
      this.#views = this.#views.filter((other) => other !== view);
      this.keeper?.store();
    });
  }

  /** Asks a question in the name of a widget; false when it was not taken: an answer is on its way, or it was refused. */
  async ask(view: ConversationView, text: string, about: About): Promise<boolean> {
    // Halves of characters cannot be sent.
    const message = text.trim().toWellFormed();
    if (!message || this.pending) return false;
    if ([...message].length > MAX_QUESTION) {
      view.refused(new ChatKitError("message_too_long"), text);
      return false;
    }
    const { session } = this.client;
    this.used = true;
    this.draft = "";
    const conversation_id = (this.id ??= crypto.randomUUID());
    const context = {
      ...about,
      mode: "chat" as const,
      selected_text: (about.selected_text ?? "").toWellFormed(),
      page_url: pageAddress(),
      session_id: session.anonymousId(),
      conversation_id,
    };
    return this.submit({ message, context }, crypto.randomUUID(), view);
  }

  /** Stops the answer that is on its way. */
  stop(): void {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.stop();
  }

  /** Shows another conversation, or a new one; what was shown stays among the recent ones. */
  replace(messages: LocalMessage[] = [], id?: string): void {
    this.stop();
    this.keeper?.keepRecent();
    this.id = id;
    this.show(messages);
  }

  /** Forgets everything: whose conversation it was has left. */
  forget(): void {
    this.#reading?.abandon();
    this.#reading = undefined;
    this.#messages = [];
    this.id = undefined;
    this.saved = false;
    this.draft = "";
    this.tell((view) => view.forgot());
  }

  /** Shows other messages. */
  show(messages: LocalMessage[]): void {
    this.#messages = [...messages];
    this.saved = false;
    this.tell((view) => view.replaced());
  }

  /** Asks what was put together, under the id of its answer. */
  async submit(asked: Question, message_id: string, view: ConversationView): Promise<boolean> {
    const question: LocalMessage = { role: "user", content: asked.message };
    const answer: LocalMessage = { role: "assistant", content: "", state: "searching" };
    Object.assign(answer, { asked, progress: { message_id } });
    this.saved = false;
    this.#messages.push(question, answer);
    this.tell((other) => other.began(question, answer));
    return this.read(answer, view);
  }

  /** Reads an answer to its end, and says so to the widget that asked; false when the question was refused. */
  async read(answer: LocalMessage, view?: ConversationView): Promise<boolean> {
    const reading = new Reading(this.client, answer, (what) =>
      this.tell((other) => other[what](answer)),
    );
    this.#reading = reading;
    // From now on it can be stopped.
    this.tell((other) => other.changed(answer));
    const { message } = answer.asked!;
    const error = await reading.run(() => {
      this.#end(answer);
      this.#speaker(view)?.answered(answer);
    });
    // It was stopped, or belongs to somebody who left.
    if (!error || this.#reading !== reading) return true;
    if (isRefusal(error)) this.remove(answer);
    this.#end(answer);
    if (isRefusal(error)) this.#speaker(view)?.refused(error, message);
    else this.#speaker(view)?.failed(error);
    return !isRefusal(error);
  }

  /** The widget that speaks to its page: the one that asked, while it is there. */
  #speaker(view?: ConversationView): ConversationView | undefined {
    return this.#views.find((other) => other === view) ?? this.#views[0];
  }

  /** An answer has come to its end, one way or another. */
  #end(answer: LocalMessage): void {
    if (this.#reading?.answer === answer) this.#reading = undefined;
    // Where no widget is left, nobody else will see to it that the next page knows.
    if (!this.#views[0]) this.keeper?.store();
  }

  /** Takes out an answer with its question. */
  remove(answer: LocalMessage): void {
    const at = this.#messages.indexOf(answer);
    if (at < 0) return;
    // A conversation that was opened may begin with an answer.
    const asked = this.#messages[at - 1]?.role === "user" ? 1 : 0;
    this.saved = false;
    this.#messages.splice(at - asked, 1 + asked);
    this.tell((view) => view.removed(answer));
  }

  /** Tells all widgets that show the conversation. */
  tell(work: (view: ConversationView) => void): void {
    for (const view of [...this.#views]) work(view);
  }
}

const conversations = new Map<string, Conversation>();

/** Tells whether this page has a conversation with the API at `base`. */
export const isBegun = (base: string): boolean => conversations.has(base);

/** Returns this page's conversation with the API at `base`. */
export function conversationWith(base: string): Conversation {
  let conversation = conversations.get(base);
  if (!conversation) conversations.set(base, (conversation = new Conversation(base)));
  return conversation;
}
