import starlight from "@astrojs/starlight";
import { defineConfig } from "astro/config";

export default defineConfig({
  site: "@@origin@@",
  base: "/handbook",
  integrations: [
    starlight({
      title: "The rain barrel",
      sidebar: ["setup", "winter"],
      @@snippet@@
    }),
  ],
});
