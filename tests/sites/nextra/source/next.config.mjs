import nextra from 'nextra'

const withNextra = nextra({ codeHighlight: false })

export default withNextra({
  basePath: '/handbook',
  output: 'export',
  images: { unoptimized: true },
})
