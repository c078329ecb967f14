import { Page } from '../../ui/page.tsx'

export default function Policy() {
  return <Page title="Policy">{null}</Page>
}
