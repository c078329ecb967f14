import { Page } from '../../ui/page.tsx'

export default function Environments() {
  return <Page title="Environments">{null}</Page>
}
