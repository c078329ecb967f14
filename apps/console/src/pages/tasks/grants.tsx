import { Page } from '../../ui/page.tsx'

export default function Grants() {
  return <Page title="Grants">{null}</Page>
}
