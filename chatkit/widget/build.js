// Builds every script that the server hands to a browser: `npm run build`.
import { copyFile, readFile } from "node:fs/promises";
import { build, transform } from "esbuild";

/** Lets a module import a stylesheet as minified text, for a constructable stylesheet. */
const stylesheetAsText = {
  name: "stylesheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Leaves the dialogs in a script of their own, which the widget loads when it first needs them. */
const dialogsApart = {
  name: "dialogs-apart",
  setup({ onResolve }) {
    onResolve({ filter: /dialogs\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./chatkit-dialogs.js", external: true } : undefined,
    );
  },
};

// The page that shows the API is Swagger UI, served from here like everything else.
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  await copyFile(
    new URL(`node_modules/swagger-ui-dist/${name}`, import.meta.url),
    new URL(`static/${name}`, import.meta.url),
  );
}

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: {
    "chatkit-widget": "src/index.ts",
    "chatkit-dialogs": "src/dialogs.ts",
    openapi: "src/openapi.ts",
    signin: "src/signin.ts",
    integration: "src/integration.ts",
  },
  outdir: "static",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [stylesheetAsText, dialogsApart],
});
