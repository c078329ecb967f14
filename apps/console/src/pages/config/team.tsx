import { Page } from '../../ui/page.tsx'

export default function Team() {
  return <Page title="Team">{null}</Page>
}
