/** The VitePress plugin, `chatkit-widget/vitepress`, called in `enhanceApp` of the site's theme. */
import { readOptions, type SiteOptions } from "./options.ts";

/** Puts the element beside the application, so that it stays when the page changes. */
export function chatkit(options: SiteOptions): void {
  const { script, attributes } = readOptions(options);
  // Pages are rendered without the widget, which is nothing until its script runs.
  if (!globalThis.document) return;
  const element = document.createElement("chatkit-widget");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  document.head.append(
    Object.assign(document.createElement("script"), { type: "module", src: script }),
  );
}
