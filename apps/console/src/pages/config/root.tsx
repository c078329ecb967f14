import { Page } from '../../ui/page.tsx'

export default function Root() {
  return <Page title="Root">{null}</Page>
}
