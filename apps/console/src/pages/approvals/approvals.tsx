import { Page } from '../../ui/page.tsx'

export default function Approvals() {
  return <Page title="Approvals">{null}</Page>
}
