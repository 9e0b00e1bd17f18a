import { defineConfig } from 'vitepress'

const host = 'https://docs.example.com/handbook/'

export default defineConfig({
  base: '/handbook/',
  title: 'Teapot handbook',
  lang: 'en',
  sitemap: { hostname: host },
  srcExclude: ['parts/**', 'drafts/*.{md,markdown}'],
  rewrites: {
    'packages/:name/docs/:page': 'add-ons/:name/:page',
  },
  locales: {
    root: { label: 'English', lang: 'en' },
    de: { label: 'Deutsch', lang: 'de', title: 'Teekannen-Handbuch' },
  },
  themeConfig: {
    nav: [{ text: 'Guide', link: '/guide/' }],
    sidebar: [
      {
        text: 'Guide',
        base: '/guide',
        items: [
          { text: 'First pot', link: '/' },
          { text: 'Water and heat', link: '/water' },
          { text: 'Markup', link: '/markup' },
          { text: 'Includes', link: '/includes' },
        ],
      },
      { text: 'Whistle', link: '/add-ons/whistle/' },
      { text: 'Deutsch', link: '/de/guide/' },
    ],
  },
})
