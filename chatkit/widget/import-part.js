/**
 * What `import()` of a part becomes: see build.js. Each part is a script beside the one that loads it.
 *
 * A browser may remember that a script did not load, so the next attempt asks for another address. What did come is kept:
 * the same script from another address would be a second module, with a state of its own.
 */
const parts = {};
let attempt = "";

export const importPart = (name) => {
  const address = `./chatkit-${name}.js${attempt}`;
  return (parts[name] ??= import(address).catch((error) => {
    attempt += "?";
    parts[name] = undefined;
    throw error;
  }));
};
