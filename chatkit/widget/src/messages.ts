/** What is said in a conversation, as this browser keeps it. */
import type { AnswerProgress, Message, Metadata, People, Question } from "./client.ts";

export type Rating = "up" | "down";

/** How far an answer has come. */
export type AnswerState =
  /** Asked, and nothing has come. */
  | "searching"
  /** The sections are known. */
  | "reading"
  /** Text is coming. */
  | "writing"
  /** Nothing has come for a long time. */
  | "slow"
  /** The connection broke; it goes on when there is one. */
  | "waiting"
  /** There is no network; the question is sent when there is. */
  | "offline"
  | "done"
  | "stopped"
  | "failed";

/** Why an answer did not come: the code of a `ChatKitError`, and what the server says of it. */
export interface Failure {
  code: string;
  message: string;
  requestId?: string | null | undefined;
}

/** A message as the API saves it, and what this browser alone knows of it. */
export interface LocalMessage extends Message {
  /** Names an answer that can be rated. */
  message_id?: string;
  rating?: Rating;
  ask_people?: People;
  metadata?: Metadata;
  /** Of an answer; one that came from elsewhere has none, and is complete. */
  state?: AnswerState;
  failure?: Failure;
  /** What was asked, and how far the answer has come: until it is complete, to go on or to ask again. */
  asked?: Question;
  progress?: AnswerProgress;
}

/** True while an answer is on its way. */
export function isPending({ state }: LocalMessage): boolean {
  return !!state && !/done|stopped|failed/.test(state);
}

/** What there is to keep of messages: without answers of which nothing came. */
export function complete(messages: readonly LocalMessage[]): LocalMessage[] {
  return messages.filter(({ content }) => content);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isList = (value: unknown, of: (one: unknown) => boolean): boolean =>
  value === undefined || (Array.isArray(value) && value.every(of));
const isNumbers = (value: unknown) => isList(value, (one) => typeof one === "number");

function isSource(value: unknown): boolean {
  const { id, title, url, excerpt, path, version, language, highlights } = Object(value);
  return (
    [id, title, url, excerpt, version ?? "", language ?? ""].every(isText) &&
    isList(path, isText) &&
    isList(highlights, isNumbers)
  );
}

/** Tells whether what was stored is a message that can be shown. */
function isMessage(value: unknown): value is LocalMessage {
  const {
    role,
    content,
    sources,
    citations,
    ask_people,
    metadata,
    state,
    failure,
    asked,
    progress,
  } = Object(value);
  return (
    /^(user|assistant)$/.test(role) &&
    isText(content) &&
    isList(sources, isSource) &&
    isList(citations, isText) &&
    (!ask_people || (isText(ask_people.url) && isText(ask_people.label))) &&
    (!metadata || isText(metadata.model)) &&
    isText(state ?? "") &&
    (!failure || (isText(failure.code) && isText(failure.requestId ?? ""))) &&
    (!asked || (isText(asked.message) && isText(asked.context?.session_id))) &&
    (!progress || isText(progress.message_id))
  );
}

/** Takes the messages out of what was stored. An answer that cannot be gone on with is as good as stopped. */
export function siftMessages(stored: unknown): LocalMessage[] {
  const messages = (Array.isArray(stored) ? stored : []).filter(isMessage);
  return messages.map((message) => {
    const resumable = message === messages.at(-1) && message.asked && message.progress;
    return isPending(message) && !resumable ? { ...message, state: "stopped" } : message;
  });
}
