/** The routes of a site, which Docusaurus generates. */
declare module "@generated/routes" {
  export interface Route {
    path: string;
    routes?: Route[];
  }
  const routes: Route[];
  export default routes;
}
