import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import { locales } from './locales.mjs';

// Nothing but the content is looked at.
const nothing = './src/Nothing.astro';

export default defineConfig({
  site: 'https://docs.example.com',
  base: '/handbook',
  trailingSlash: 'always',
  integrations: [
    starlight({
      title: 'Larder',
      defaultLocale: 'root',
      locales,
      pagefind: false,
      components: { Footer: nothing, Header: nothing, PageFrame: './src/Frame.astro', ThemeProvider: nothing },
      sidebar: ['start', { label: 'Guides', autogenerate: { directory: 'guides' } }, { slug: 'reference/options' }],
    }),
  ],
});
