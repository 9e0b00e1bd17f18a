import { Layout } from 'nextra-theme-docs'
import { getPageMap } from 'nextra/page-map'

export default async function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>
        <Layout pageMap={await getPageMap()} darkMode={false} search={null} feedback={{ content: null }} editLink={null}>
          {children}
        </Layout>
      </body>
    </html>
  )
}
