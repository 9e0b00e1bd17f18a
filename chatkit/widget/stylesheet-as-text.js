import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** Lets a module import a stylesheet as minified text, for a constructable stylesheet. */
export const stylesheetAsText = {
  name: "stylesheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
