import frame from "./styles.css";
import turns from "./turns.css";

/** The stylesheet of the panel, which all widgets of a page share; it comes beside that of the shell. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(frame + turns);
