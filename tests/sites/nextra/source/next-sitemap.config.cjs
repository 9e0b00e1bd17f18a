/** @type {import('next-sitemap').IConfig} */
module.exports = {
  siteUrl: 'https://docs.example.com/handbook',
  outDir: 'out',
  generateIndexSitemap: false,
  generateRobotsTxt: false,
}
