import { Page } from '../../ui/page.tsx'

export default function Scopes() {
  return <Page title="Scopes">{null}</Page>
}
