import { Page } from '../../ui/page.tsx'

export default function Scope() {
  return <Page title="Scope">{null}</Page>
}
