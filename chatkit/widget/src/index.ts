/** The bundle: defines `<chatkit-widget>`. */
import { ChatKitWidget } from "./element.ts";

export { ChatKitWidget };

// The script may stand on a page twice; an element can be defined once.
if (!customElements.get("chatkit-widget")) customElements.define("chatkit-widget", ChatKitWidget);
