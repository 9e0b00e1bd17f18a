/** The Docusaurus plugin, `chatkit-widget/docusaurus`: the element stands beside what the router replaces. */
import { fileURLToPath } from "node:url";
import { readOptions, type SiteOptions } from "./options.ts";

/** What Docusaurus asks of a plugin, as far as this one answers. */
interface Plugin {
  name: string;
  injectHtmlTags(): { headTags: object[]; postBodyTags: string[] };
  getClientModules(): string[];
}

/** Returns the plugin; `id` is what Docusaurus adds to the options. */
export default function chatkit(
  _context: unknown,
  { id: _id, ...options }: SiteOptions & { id?: string },
): Plugin {
  const { script, attributes } = readOptions(options);
  return {
    name: "chatkit",
    injectHtmlTags: () => ({
      headTags: [{ tagName: "script", attributes: { type: "module", src: script } }],
      // As text: Docusaurus refuses the name of a custom element as a tag.
      postBodyTags: [toHtml("chatkit-widget", attributes)],
    }),
    getClientModules: () => [fileURLToPath(new URL("./docusaurus-client.js", import.meta.url))],
  };
}

function toHtml(name: string, attributes: Record<string, string>): string {
  const written = Object.entries(attributes).map(
    ([attribute, value]) =>
      ` ${attribute}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`,
  );
  return `<${name}${written.join("")}></${name}>`;
}
