/** What a reader takes along: code as it stands, an answer as Markdown with its sources. */
import type { Source } from "./client.ts";
import { Icon } from "./icons.ts";
import { named } from "./sources.ts";
import type { AllWords } from "./words.ts";

/** Says to assistive technology what a reader who sees the page is shown. */
export interface Announcer {
  announce(sentence: string): void;
}

/** For how long a button says that it has copied. */
const SAID_MS = 2_000;

/** Copies a text and lets the button that was pressed say so for a moment. */
export async function copy(
  text: string,
  button: HTMLButtonElement,
  announcer: Announcer,
  words: AllWords,
): Promise<void> {
  // A frame may be forbidden to write to the clipboard.
  const copied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  const said = copied ? words.copied : words.notCopied;
  announcer.announce(said);
  const label = button.querySelector("span")!;
  const icon = button.querySelector("path");
  const before = [label.textContent, icon?.getAttribute("d")] as const;
  const show = ([words, path]: readonly [string, string | null | undefined]) => {
    label.textContent = words;
    if (path) icon?.setAttribute("d", path);
  };
  // Pressed again, it says so already.
  if (before[0] === said) return;
  show([said, copied ? Icon.check : null]);
  setTimeout(() => show(before), SAID_MS);
}

/** An answer as Markdown: its text, then the sources that it rests on under the numbers that its marks have. */
export function answerAsMarkdown(
  content: string,
  sources: readonly Source[],
  citations: readonly string[],
): string {
  const lines = sources.flatMap((source, index) => {
    // Where a page is quoted is for browsers alone.
    const address = URL.parse(source.url, document.baseURI)?.href.split(":~:")[0]!;
    const title = named(source)
      .join(" › ")
      .replace(/[[\]\\]/g, "\\$&");
    return citations.includes(source.id) && address
      ? [`- \\[${index + 1}\\] [${title}](${address.replace(/[()]/g, percentEncoded)})`]
      : [];
  });
  return [content.trim(), lines.join("\n")].filter(Boolean).join("\n\n") + "\n";
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
