/** A stylesheet, imported as its minified text; `build.js` does it. */
declare module "*.css" {
  const css: string;
  export default css;
}
