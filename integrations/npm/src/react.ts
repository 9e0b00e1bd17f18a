"use client";
/** The React wrapper, `chatkit-widget/react`, for React 18 and later. */
import {
  createElement,
  type CSSProperties,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useRef,
} from "react";
import { type ChatKitWidget, defineChatKit } from "./index.ts";
import { type Attributes, isAttribute, toAttributes } from "./options.ts";

/** The events of the element by the property that listens to each; `chatkit:ready` comes before React listens. */
const EVENTS = {
  onAnswer: "chatkit:answer",
  onAuthChange: "chatkit:auth-change",
  onClose: "chatkit:close",
  onError: "chatkit:error",
  onNavigate: "chatkit:navigate",
  onOpen: "chatkit:open",
  onRateLimited: "chatkit:rate-limited",
  onSearch: "chatkit:search",
  onSend: "chatkit:send",
} as const;

type Listeners = {
  [Property in keyof typeof EVENTS]?: (
    event: (typeof EVENTS)[Property] extends keyof HTMLElementEventMap
      ? HTMLElementEventMap[(typeof EVENTS)[Property]]
      : CustomEvent,
  ) => void;
};

/** `open` opens and closes the panel when it changes; the reader may do either meanwhile, see `onOpen` and `onClose`. */
export interface ChatKitProps extends Attributes, Listeners {
  /** The address of the ChatKit server; read when the element is connected. */
  apiBase: string;
  className?: string;
  id?: string;
  style?: CSSProperties;
}

/** `<chatkit-widget>` as a component of React; its `ref` is the element, whose methods are defined soon after. */
export const ChatKit = forwardRef<ChatKitWidget, ChatKitProps>(function ChatKit(props, ref) {
  const element = useRef<ChatKitWidget>(null);
  const { apiBase, className, id, open, style, ...rest } = props;
  const options = Object.entries(rest).filter(([name]) => isAttribute(name));

  useImperativeHandle(ref, () => element.current!, []);
  useEffect(() => void defineChatKit(), []);
  useEffect(() => {
    const listening = new AbortController();
    for (const [property, type] of Object.entries(EVENTS)) {
      const listener = props[property as keyof Listeners] as EventListener | undefined;
      if (listener) element.current!.addEventListener(type, listener, listening);
    }
    return () => listening.abort();
  });
  // As an attribute of its own: React 19 would set the property, which is the method `open()`.
  useEffect(() => {
    if (open !== undefined) element.current!.toggleAttribute("open", open);
  }, [open]);

  return createElement("chatkit-widget", {
    ...toAttributes(Object.fromEntries(options)),
    "api-base": apiBase,
    class: className,
    id,
    ref: element,
    style,
    // The element sets and removes `open` itself, also before React takes over what a server rendered.
    suppressHydrationWarning: true,
  });
});
