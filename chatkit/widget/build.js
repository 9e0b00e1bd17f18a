// Builds every script that the server hands to a browser: `npm run build`.
import { copyFile, readFile, readdir, rm } from "node:fs/promises";
import { basename, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { stylesheetAsText } from "./stylesheet-as-text.js";

const source = new URL("src/", import.meta.url);
const output = new URL("static/", import.meta.url);

/** The name of a part, which is a module that is only ever reached by `import()`. */
const nameOf = (module) => module.replace(/\.ts$/, "").replaceAll("/", "-");
/** The name of its script. */
const scriptOf = (module) => `chatkit-${nameOf(module)}`;

/** An `import()`, whose path is a text or one in which `${…}` stands for any name. */
const ON_DEMAND = /\bimport\(\s*(["`])(\.[\w./${}-]+\.ts)\1,?\s*\)/g;

/** Finds the parts: what any module of the widget names in an `import()`. */
async function findParts() {
  const parts = [];
  const files = (await readdir(source, { recursive: true })).filter(
    (file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file),
  );
  for (const file of files) {
    const text = await readFile(new URL(file, source), "utf8");
    for (const [, , path] of text.matchAll(ON_DEMAND)) {
      const [before, after] = posix.join(posix.dirname(file), path).split(/\$\{\w+\}/);
      parts.push(
        ...files.filter((part) =>
          after ? part.startsWith(before) && part.endsWith(after) : part === before,
        ),
      );
    }
  }
  return [...new Set(parts)].sort();
}

/** Leaves each part in a script of its own beside the others, which import-part.js imports. */
const partsApart = {
  name: "parts-apart",
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const folder = posix.dirname(path.slice(path.lastIndexOf("src") + 4).replaceAll("\\", "/"));
      const contents = text.replace(
        ON_DEMAND,
        (_, mark, part) => `importPart(${mark}${nameOf(posix.join(folder, part))}${mark})`,
      );
      return { contents, loader: "ts" };
    });
  },
};

// The page that shows the API is Swagger UI, served from here like everything else.
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  await copyFile(
    new URL(`node_modules/swagger-ui-dist/${name}`, import.meta.url),
    new URL(name, output),
  );
}

const parts = await findParts();
const built = new Set([...parts.map(scriptOf), "chatkit-widget"]);
// A part that is no more is not served any longer.
for (const name of await readdir(output)) {
  if (/^chatkit-.*\.js$/.test(name) && !built.has(basename(name, ".js"))) {
    await rm(new URL(name, output));
  }
}

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: {
    "chatkit-widget": "src/index.ts",
    ...Object.fromEntries(parts.map((part) => [scriptOf(part), `src/${part}`])),
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
  inject: ["import-part.js"],
  plugins: [stylesheetAsText, partsApart],
});

for (const name of [...built].sort()) {
  const size = gzipSync(await readFile(new URL(`${name}.js`, output)), { level: 9 }).length;
  console.log(`${name}.js: ${size.toLocaleString("en")} bytes compressed`);
}
