/** Tells the owner, in the console, of attributes whose value means nothing. */

const VALUES: Record<string, readonly string[]> = {
  layout: ["floating", "side", "modal", "inline"],
  mode: ["launcher", "inline"],
  theme: ["auto", "light", "dark"],
  position: ["right", "left"],
};

/** What was told already. */
const told = new Set<string>();

/** Looks at the attributes of an element. */
export function checkAttributes(element: Element): void {
  for (const [name, known] of Object.entries(VALUES)) {
    const value = element.getAttribute(name);
    if (value === null || known.includes(value) || told.has(name + value)) continue;
    told.add(name + value);
    console.warn(`ChatKit: ${name}="${value}" is not one of ${known.join(", ")}.`);
  }
}
