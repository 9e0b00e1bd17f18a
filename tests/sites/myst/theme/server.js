// The barest theme of mystmd: each page as HTML, as mystmd's content server has it.
const http = require("node:http");

const { CONTENT_CDN_PORT, PORT, BASE_URL = "" } = process.env;
const TEXT = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => String(text ?? "").replace(/[&<>"]/g, (sign) => TEXT[sign]);

const WRAPPED = {
  paragraph: "p", emphasis: "em", strong: "strong", inlineCode: "code", listItem: "li", blockquote: "blockquote",
  table: "table", tableRow: "tr", definitionList: "dl", definitionTerm: "dt", definitionDescription: "dd",
  details: "details", summary: "summary", admonition: "aside", admonitionTitle: "p", caption: "figcaption",
  container: "figure", subscript: "sub", superscript: "sup", keyboard: "kbd", abbreviation: "abbr", delete: "del",
  card: "div", header: "p", cardTitle: "p", footer: "p", exercise: "aside", grid: "div", tabSet: "div", block: "div",
  include: "div", glossary: "div", outputs: "div", output: "div",
};
const INLINE = new Set(["em", "strong", "sub", "sup", "kbd", "abbr", "del"]);
const NOTHING = new Set(["comment", "blockBreak", "mystTarget", "image", "captionNumber", "mermaid", "iframe"]);

function html(node, footnotes) {
  const inner = () => (node.children ?? []).map((child) => html(child, footnotes)).join("");
  const id = node.html_id ? ` id="${node.html_id}"` : "";
  if (NOTHING.has(node.type) || node.visibility === "remove" || node.data?.part?.startsWith?.("toc")) return "";
  if (node.type === "text") return escape(node.value);
  if (node.type === "inlineCode") return `<code>${escape(node.value)}</code>`;
  if (node.type === "heading") return `<h${node.depth}${id}>${inner()}</h${node.depth}>\n`;
  if (node.type === "list") return `<${node.ordered ? "ol" : "ul"}>${inner()}</${node.ordered ? "ol" : "ul"}>\n`;
  if (node.type === "tableCell") return `<${node.header ? "th" : "td"}>${inner()}</${node.header ? "th" : "td"}>`;
  if (node.type === "tabItem") return `<label>${escape(node.title)}</label><div>${inner()}</div>\n`;
  if (node.type === "inlineMath") return `\\(${escape(node.value)}\\)`;
  if (node.type === "math") return `<p${id}>\\[${escape(node.value)}\\]</p>\n`;
  if (node.type === "footnoteReference") return `<sup><a href="#fn-${node.identifier}">${node.enumerator}</a></sup>`;
  if (node.type === "footnoteDefinition") {
    footnotes.push(`<aside class="footnote" role="doc-footnote">${inner()}</aside>\n`);
    return "";
  }
  if (node.type === "code") {
    const language = node.lang ? ` class="language-${node.lang}"` : "";
    return `<pre><code${language}>${escape(node.value)}</code></pre>\n`;
  }
  if (node.type === "link") return `<a href="${escape(node.internal ? BASE_URL + node.url : node.url)}">${inner()}</a>`;
  if (node.type === "crossReference") return `<a href="${node.url ? BASE_URL + node.url : ""}#${node.html_id}">${inner()}</a>`;
  if (node.type === "output") return output(node.jupyter_data ?? {});
  const tag = WRAPPED[node.type];
  return tag ? `<${tag}${id}>${inner()}</${tag}>${INLINE.has(tag) ? "" : "\n"}` : inner();
}

function output(data) {
  const bundle = data.data ?? {};
  if (Object.keys(bundle).some((name) => name.startsWith("image/"))) return "";
  const plain = data.text ?? bundle["text/plain"]?.content ?? bundle["text/plain"] ?? "";
  return plain ? `<pre><code>${escape([plain].flat().join(""))}</code></pre>\n` : "";
}

async function content(path) {
  const answer = await fetch(`http://localhost:${CONTENT_CDN_PORT}${path}`);
  return answer.ok ? answer.json() : null;
}

async function render(path) {
  const slug = path.replace(/^\/|\/$/g, "").replace(/\//g, ".") || "index";
  const page = (await content(`/content/${slug}.json`)) ?? (await content(`/content/${slug}.index.json`));
  if (!page) return null;
  const project = (await content("/config.json")).projects[0];
  const slugs = project.pages.filter((one) => one.slug).map((one) => one.slug.replace(/\.index$/, "").replace(/\./g, "/"));
  const links = ["", ...slugs].map((one) => `<li><a href="${BASE_URL}/${one}">${one || "Home"}</a></li>`).join("\n");
  const footnotes = [];
  const body = html(page.mdast, footnotes);
  const notes = footnotes.length ? `<aside class="footnote-list">${footnotes.join("")}</aside>` : "";
  const title = escape(page.frontmatter.title);
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><nav><ul>${links}</ul></nav><main><h1>${title}</h1>
${body}${notes}</main></body></html>
`;
}

http
  .createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    // What mystmd asks of a theme beside pages, such as its style, is blank here.
    const page = pathname.includes(".") ? (pathname.endsWith(".json") ? "{}" : " ") : await render(pathname);
    response.writeHead(page ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
    response.end(page ?? "");
  })
  .listen(PORT, () => console.log(`Listening on http://localhost:${PORT}`));
