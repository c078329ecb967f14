import type { Response } from 'playwright-core'
import type { TestWindow } from '../harness/browser.ts'

/** All that reaches a window, and all that it shows, keeps and says, in whatever form. */
export interface Watched {
  /** What the page holds at the moment: its document, what stands in fields, and its storage. */
  seen(): Promise<string>
  /** Every answer of the broker so far. */
  bodies(): Promise<string[]>
  /** What its streams of events said so far. */
  streamed(): string
  /** What it wrote to the console. */
  said(): string[]
}

export async function watch({ page }: TestWindow): Promise<Watched> {
  const reading: Promise<string>[] = []
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('response', (response: Response) => {
    // Streams have no end: they are read below.
    const kind = response.headers()['content-type'] ?? ''
    if (!kind.includes('event-stream')) reading.push(response.text().catch(() => ''))
  })

  let streamed = ''
  const streams = new Set<string>()
  const devtools = await page.context().newCDPSession(page)
  const heard = (base64: string) => {
    streamed += Buffer.from(base64, 'base64').toString()
  }
  devtools.on('Network.responseReceived', async ({ requestId, response }) => {
    if (response.mimeType !== 'text/event-stream') return
    streams.add(requestId)
    const { bufferedData } = await devtools.send('Network.streamResourceContent', { requestId })
    heard(bufferedData)
  })
  devtools.on('Network.dataReceived', ({ requestId, data }) => {
    if (data !== undefined && streams.has(requestId)) heard(data)
  })
  await devtools.send('Network.enable')

  return {
    seen: async () =>
      (await page.content()) +
      (await page.evaluate<string>(
        `JSON.stringify([...document.querySelectorAll('input,textarea')].map(({ value }) => value)) +
         JSON.stringify(localStorage) + JSON.stringify(sessionStorage)`,
      )),
    bodies: () => Promise.all(reading),
    streamed: () => streamed,
    said: () => said,
  }
}
