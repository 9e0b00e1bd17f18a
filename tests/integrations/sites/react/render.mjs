// A server renders the component without a browser: the element is there, and nothing of it has run.
import assert from "node:assert/strict";
import { ChatKit } from "chatkit-widget/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

const html = renderToString(
  createElement(ChatKit, { apiBase: "/chat", className: "help", open: true, privacyUrl: "/p" }),
);
assert.equal(
  html,
  '<chatkit-widget privacy-url="/p" api-base="/chat" class="help"></chatkit-widget>',
);
