/** The package `chatkit-widget`: importing it does nothing, `defineChatKit()` defines the element. */
import type { ChatKitWidget } from "../../../chatkit/widget/src/element.ts";

export type { Metadata, Outcome, Source } from "../../../chatkit/widget/src/client.ts";
export type { User } from "../../../chatkit/widget/src/session.ts";
export type { Attributes } from "./options.ts";
export type { ChatKitWidget };

/**
 * Defines `<chatkit-widget>`; a second call does no harm. The promise ends when the element is
 * defined, and at once where there is no browser, as when pages are rendered on a server.
 *
 * The element is loaded only now, so the package can be imported where there is no DOM.
 */
export async function defineChatKit(): Promise<void> {
  if (!globalThis.customElements) return;
  const { ChatKitWidget } = await import("../../../chatkit/widget/src/element.ts");
  if (!customElements.get("chatkit-widget")) customElements.define("chatkit-widget", ChatKitWidget);
}
