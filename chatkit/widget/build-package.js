// Builds the npm package `chatkit-widget` in integrations/npm: `npm run package`; its types are made by tsc.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { stylesheetAsText } from "./stylesheet-as-text.js";

const folder = fileURLToPath(new URL("../../integrations/npm/", import.meta.url));
const options = {
  absWorkingDir: folder,
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
};

await rm(`${folder}/dist`, { recursive: true, force: true });

// The widget: in the bundle of a site a script's address says nothing of where the server is, and what is
// loaded on demand are chunks that the site's bundler finds.
await build({
  ...options,
  entryPoints: ["src/index.ts", "src/react.ts"],
  external: ["react"],
  splitting: true,
  chunkNames: "[name]-[hash]",
  minify: true,
  define: { "import.meta": "importMeta" },
  inject: ["src/import-meta.ts"],
  plugins: [stylesheetAsText],
});

// The plugins: the server's own script is what they put into pages.
await build({
  ...options,
  entryPoints: ["src/docusaurus.ts", "src/docusaurus-client.ts", "src/vitepress.ts"],
  external: ["node:*", "@generated/*"],
});
