export default {
  title: "The rain barrel",
  url: "@@origin@@",
  baseUrl: "/handbook/",
  presets: [["classic", { docs: { routeBasePath: "/" }, blog: false, pages: false, theme: {} }]],
  themes: [["@easyops-cn/docusaurus-search-local", { docsRouteBasePath: "/", indexBlog: false }]],
  @@snippet@@
};
