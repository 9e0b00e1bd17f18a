import frame from "./styles.css";
import turns from "./turns.css";

/** The one stylesheet that all widgets of a page share; allowed under any Content-Security-Policy. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(frame + turns);
