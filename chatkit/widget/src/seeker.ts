/** What searching and starting need of the panel. */
import type { Client } from "./client.ts";
import type { AllWords } from "./words.ts";

/** A conversation that this browser remembers. */
export interface RecentChat {
  id: string;
  title: string;
  /** When it was last shown, in milliseconds. */
  at: number;
}

/** Where the reader is, as the API takes it. */
export interface Where {
  page_url?: string;
  site?: string;
  version?: string;
  language?: string;
}

export interface Seeker {
  readonly host: HTMLElement & { emit(name: string, detail?: object): unknown };
  readonly client: Client;
  readonly words: AllWords;
  readonly composer: {
    readonly element: HTMLFormElement;
    readonly input: HTMLTextAreaElement;
    /** The place under the field. */
    readonly results: HTMLElement;
    /** What may take a key before the composer does: it returns true then. */
    readonly keys: ((event: KeyboardEvent) => boolean)[];
  };
  /** Whether what is typed is searched for: not in a conversation that has begun. */
  readonly searching: boolean;
  where(): Where;
  ask(text: string): unknown;
  /** Has a screen reader say a sentence that is not shown. */
  announce(sentence: string): void;
  /** The conversations that this browser remembers, the newest first. */
  recentChats(): RecentChat[];
  openRecent(chat: RecentChat): unknown;
  /** A call has failed, perhaps because the session has ended. */
  failed(): unknown;
}
