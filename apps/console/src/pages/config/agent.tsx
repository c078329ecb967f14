import { Page } from '../../ui/page.tsx'

export default function Agent() {
  return <Page title="Agent">{null}</Page>
}
