import { Page } from '../../ui/page.tsx'

export default function Leases() {
  return <Page title="Leases">{null}</Page>
}
