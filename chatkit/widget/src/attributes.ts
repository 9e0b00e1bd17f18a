/** Tells the owner, in the console, of what is for the owner: plain HTTP, and attributes whose value means nothing. */

/** What is said once where the page is reached by plain HTTP. */
export const LOCAL_NOTICE = "ChatKit: HTTP is for localhost only.";

const VALUES: Record<string, readonly string[]> = {
  layout: ["floating", "side", "modal", "inline"],
  mode: ["launcher", "inline"],
  theme: ["auto", "light", "dark"],
  position: ["right", "left"],
};

/** What was told already. */
const told = new Set<string>();

/** Looks at where the page is, and at the attributes of an element. */
export function checkAttributes(element: Element): void {
  if (location.protocol === "http:" && !told.has(LOCAL_NOTICE)) {
    told.add(LOCAL_NOTICE);
    console.warn(LOCAL_NOTICE);
  }
  for (const [name, known] of Object.entries(VALUES)) {
    const value = element.getAttribute(name);
    if (value === null || known.includes(value) || told.has(name + value)) continue;
    told.add(name + value);
    console.warn(`ChatKit: ${name}="${value}" is not one of ${known.join(", ")}.`);
  }
}
