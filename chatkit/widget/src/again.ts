/** What is done with an answer that is there, or did not come: asked for once more, gone on with, taken out. */
import type { About, Conversation, ConversationView } from "./conversations.ts";
import { isPending, type LocalMessage } from "./messages.ts";

/** Asks for an answer once more, in place of the one that came or did not come. */
export async function askAgain(
  conversation: Conversation,
  view: ConversationView,
  answer: LocalMessage,
  about: About,
): Promise<void> {
  const { asked, progress } = answer;
  const { messages, id, pending } = conversation;
  const question = messages[messages.indexOf(answer) - 1];
  if (pending || !question) return;
  const before = [...messages];
  conversation.remove(answer);
  // Where nothing came of it, the server may have the question all the same, and knows it by its id.
  const begun = progress?.last_event_id !== undefined;
  const taken =
    asked && progress
      ? await conversation.submit(asked, begun ? crypto.randomUUID() : progress.message_id, view)
      : await conversation.ask(view, question.content, about);
  // Nothing came in its place.
  if (!taken && conversation.id === id && conversation.messages.length < before.length)
    conversation.show(before);
}

/** Goes on with an answer that a reload cut off. */
export function goOn(conversation: Conversation): void {
  const last = conversation.messages.at(-1);
  if (last?.asked && last.progress && isPending(last) && !conversation.pending)
    void conversation.read(last);
}

/** Takes out a question that was not sent yet, with its answer. */
export function withdraw(conversation: Conversation, answer: LocalMessage): void {
  if (answer === conversation.pending) conversation.stop();
  conversation.remove(answer);
}
