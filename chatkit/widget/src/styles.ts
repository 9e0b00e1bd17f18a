/** Stylesheets that all widgets of a page share; they are allowed under any Content-Security-Policy. */

/** Makes a stylesheet, and returns what has a widget take it on. */
export function adopt(css: string): (host: HTMLElement) => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return ({ shadowRoot }) => {
    const { adoptedStyleSheets: sheets } = shadowRoot!;
    // A widget that was taken out of the page and put back has it already.
    if (!sheets.includes(sheet)) sheets.push(sheet);
  };
}
