import { Page } from '../../ui/page.tsx'

export default function Approval() {
  return <Page title="Approval">{null}</Page>
}
