export default {
  title: "The rain barrel",
  base: "/handbook/",
  themeConfig: {
    search: { provider: "local" },
    sidebar: [
      { text: "The rain barrel", link: "/" },
      { text: "Setting up", link: "/setup" },
      { text: "Winter care", link: "/winter" },
    ],
  },
};
