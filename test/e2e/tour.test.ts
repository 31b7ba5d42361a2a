/**
 * The commands that README.md and docs/API.md show are run as they stand, one after another, each page on a desk from an empty folder:
 * where a page shows what is answered, that is what comes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { missing } from '../support/requirements.js'
import { startProgram, startServer, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

/** Commands of a page, and what it says that they answer, where it says so. */
interface Step {
  readonly commands: string
  readonly answer: string | undefined
}

/** The commands of a part of a page that ask a door. What has no end, needs a secret or is another program is not asked here. */
function stepsOf(path: string, from: RegExp, to: RegExp): Step[] {
  const page = readFileSync(join(repositoryRoot, path), 'utf8')
  const part = page.slice(page.search(from), page.search(to))
  const step = /^```sh\n([^]*?)^```\n(?:```(?:json)?\n([^]*?)^```\n)?/gmu
  return [...part.matchAll(step)].flatMap(([, commands = '', answer]) =>
    /^curl (?!-N|-[bc] jar)/mu.test(commands) ? [{ commands, answer }] : [],
  )
}

/** What a page shows, without what it is free to lay out, and without the time of a test. */
const bare = (text: string): string => text.replaceAll(/\s+|"(?:\w+At|time)":\s*"[^"]*",?/gu, '')

/** Runs the commands of each step, which all succeed but where a refusal is shown. */
async function take(server: RunningServer, steps: readonly Step[]): Promise<void> {
  for (const { commands, answer } of steps) {
    const asked = commands
      .replaceAll('http://127.0.0.1:2379', server.keysUrl)
      .replaceAll('localhost:2224', server.deskUrl)
      .replaceAll(/^curl /gmu, String.raw`curl --silent --show-error --write-out '\nHTTP %{http_code}\n' `)
    const run = startProgram(['bash', '-c', asked])
    await run.ended
    const refusals = run.stdout().match(/^HTTP [45]\d\d$/gmu) ?? []
    const refused = answer?.includes('errorCode') === true ? 1 : 0
    if (refusals.length !== refused) throw new Error(`${commands} answers ${run.stdout()}${run.stderr()}`)
    expect(bare(run.stdout())).toContain(bare(answer ?? ''))
  }
}

describe.skipIf(missing('curl'))('what is shown is what is answered:', () => {
  let server: RunningServer
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.stop())

  test('the tour of README.md', async () => {
    const steps = stepsOf('README.md', /^## A first tour/mu, /^## How a request runs/mu)
    expect(steps.length).toBeGreaterThan(8)
    await take(server, steps)
    // The change that the tour takes back is the one that it names.
    const history = await fetch(`${server.deskUrl}/v1/tickets/2/history?sort=created-desc&limit=1`)
    expect(await history.json()).toMatchObject({ history: [{ changes: { status: { from: 'closed', to: 'open' } } }] })
  })

  test('the examples of docs/API.md', async () => {
    const steps = stepsOf('docs/API.md', /^## Custom fields/mu, /^## Following/mu)
    expect(steps.length).toBeGreaterThan(3)
    await take(server, steps)
    const answer = await fetch(`${server.deskUrl}/v1/tickets/3`)
    expect(await answer.json()).toMatchObject({ title: 'Login', description: null, redacted: ['description'] })
  })
})
