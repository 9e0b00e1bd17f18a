"""The web component: served here, written in TypeScript under `src`."""
