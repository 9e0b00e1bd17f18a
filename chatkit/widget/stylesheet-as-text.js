import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** Lets a module import a stylesheet as minified text, for a constructable stylesheet. */
export const stylesheetAsText = {
  name: "stylesheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true });
      // Values of custom properties are left as they were written.
      const contents = code.trim().replace(/([:,(])\s+|\s+(?=\))/g, "$1");
      return { contents, loader: "text" };
    });
  },
};
