import css from "./shell.css";

/** The stylesheet of what stands on the page first, which all widgets share; allowed under any Content-Security-Policy. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
