/** What a site says of the widget, in the names of JavaScript, and the attributes that it becomes. */

type Word = string | Record<string, string>;

/** The attributes of the element; the documentation lists them under "Attributes of the widget". */
export interface Attributes {
  heading?: string;
  lang?: string;
  layout?: "floating" | "side" | "modal" | "inline";
  open?: boolean;
  placeholder?: string;
  position?: "right" | "left";
  privacyUrl?: string;
  shortcut?: boolean;
  site?: string;
  starters?: string[];
  theme?: "auto" | "light" | "dark";
  trigger?: string;
  version?: string;
  /** Words by their names, or by language and name; a plural is an object of its forms. */
  words?: Record<string, Word | Record<string, Word>>;
}

/** What a generator's plugin is told: the address of the ChatKit server, and the element's attributes. */
export interface SiteOptions extends Attributes {
  server: string;
}

/** Every option with the attribute that it sets. */
const ATTRIBUTES: Readonly<Record<keyof Attributes, string>> = {
  heading: "heading",
  lang: "lang",
  layout: "layout",
  open: "open",
  placeholder: "placeholder",
  position: "position",
  privacyUrl: "privacy-url",
  shortcut: "shortcut",
  site: "site",
  starters: "starters",
  theme: "theme",
  trigger: "trigger",
  version: "version",
  words: "words",
};

/** Tells whether an option is one of the element's attributes. */
export function isAttribute(option: string): option is keyof Attributes {
  return Object.hasOwn(ATTRIBUTES, option);
}

/** Returns the attributes that options set, by their names in HTML; what is `false` is left out. */
export function toAttributes(options: object): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [option, value] of Object.entries(options)) {
    if (!isAttribute(option)) {
      const known = Object.keys(ATTRIBUTES).join(", ");
      throw new Error(`ChatKit has no option "${option}". It has: server, ${known}.`);
    }
    if (value !== undefined && value !== null && value !== false) {
      attributes[ATTRIBUTES[option]] = toText(value);
    }
  }
  return attributes;
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.join("|");
  if (value === true) return "";
  return typeof value === "object" ? JSON.stringify(value) : `${value}`;
}

/** Returns the address of the widget's script on a server, and the attributes of its element. */
export function readOptions({ server, ...attributes }: SiteOptions): {
  script: string;
  attributes: Record<string, string>;
} {
  if (!URL.canParse(server) || !/^https?:/.test(server)) {
    throw new Error(
      `ChatKit's option "server" must be the address of the server, such as "https://chat.example.com", not ${JSON.stringify(server)}.`,
    );
  }
  return {
    script: `${server.replace(/\/+$/, "")}/widget/chatkit-widget.js`,
    attributes: toAttributes(attributes),
  };
}
