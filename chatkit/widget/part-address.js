/**
 * The address of a part's script, beside the script that loads it. A browser may remember that a script did not load, so
 * `load` in parts.ts has the next attempt ask for another address, by what it puts into `import.meta`.
 */
export const partAddress = (name) =>
  new URL(`chatkit-${name}.js${import.meta.attempt ?? ""}`, import.meta.url).href;
