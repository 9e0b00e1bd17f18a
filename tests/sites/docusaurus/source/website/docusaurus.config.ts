import type { Config } from '@docusaurus/types'

const config: Config = {
  title: 'Larder',
  url: 'https://docs.example.com',
  baseUrl: '/handbook/',
  trailingSlash: false,
  onBrokenLinks: 'warn',
  i18n: { defaultLocale: 'en', locales: ['en', 'fr'] },
  presets: [
    [
      '@docusaurus/preset-classic',
      {
        docs: {
          path: '../docs',
          routeBasePath: '/',
          sidebarPath: require.resolve('./sidebars.ts'),
          versions: { current: { label: '2.0', path: 'next' } },
        },
        blog: false,
        pages: false,
        theme: {},
      },
    ],
  ],
  themeConfig: { colorMode: { disableSwitch: true } },
}

export default config
