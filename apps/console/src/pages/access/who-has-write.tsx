import { Page } from '../../ui/page.tsx'

export default function WhoHasWrite() {
  return <Page title="Who has write">{null}</Page>
}
