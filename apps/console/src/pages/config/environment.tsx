import { Page } from '../../ui/page.tsx'

export default function Environment() {
  return <Page title="Environment">{null}</Page>
}
