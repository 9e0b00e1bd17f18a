import react from "@vitejs/plugin-react";

export default { base: "/handbook/", build: { target: "es2022" }, plugins: [react()] };
