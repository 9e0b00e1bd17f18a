/** The bundle: defines `<chatkit-widget>`, and puts one into the page where its script tag asks for that. */
import { insertByTag } from "./auto.ts";
import { ChatKitWidget } from "./element.ts";

export { ChatKitWidget };

// The script may stand on a page twice; an element can be defined once.
if (!customElements.get("chatkit-widget")) customElements.define("chatkit-widget", ChatKitWidget);
insertByTag();
