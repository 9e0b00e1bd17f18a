export default {
  base: "/handbook/",
  build: { target: "es2022", rollupOptions: { input: ["index.html", "setup.html", "winter.html"] } },
};
