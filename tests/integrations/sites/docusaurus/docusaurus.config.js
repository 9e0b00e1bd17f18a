export default {
  title: "The rain barrel",
  url: "@@origin@@",
  baseUrl: "/handbook/",
  presets: [["classic", { docs: { routeBasePath: "/" }, blog: false, pages: false, theme: {} }]],
  @@snippet@@
};
