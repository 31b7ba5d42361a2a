/** docs/DEPLOY.md and the files of deploy/ name only what there is: settings, verbs, flags, files, and what the units say. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runEtcdesk } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const deploy = join(repositoryRoot, 'deploy')
const page = readFileSync(join(repositoryRoot, 'docs/DEPLOY.md'), 'utf8')
const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' }).filter((name) =>
  statSync(join(deploy, name)).isFile(),
)
const everything = [page, ...files.map((name) => readFileSync(join(deploy, name), 'utf8'))].join('\n')

/** The blocks of a language that the page has for copying. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gmu'))].map(([, text = '']) => text)
}

describe('the page about deploying and the files of deploy/', () => {
  let help = ''
  beforeAll(async () => {
    help = (await runEtcdesk(['serve', '--help'])).stdout
  })

  test('name settings that there are', () => {
    const named = new Set(everything.match(/\bETCDESK_[A-Z_]+\b/gu))
    expect([...named].filter((name) => !help.includes(name))).toEqual([])
    expect(named.size).toBeGreaterThan(5)
  })

  test('call verbs that there are, with their flags', async () => {
    const calls = blocks('sh').flatMap((block) =>
      [...block.matchAll(/(?:^|-- |&& )etcdesk (.+)$/gmu)].map(([, call = '']) => call),
    )
    expect(calls.length).toBeGreaterThan(6)
    const verbs = new Set(calls.map((call) => call.split(' ')[0] ?? '').filter((verb) => !verb.startsWith('-')))
    const helps = new Map<string, string>()
    for (const verb of verbs) {
      const { code, stdout } = await runEtcdesk([verb, '--help'])
      expect([verb, code]).toEqual([verb, 0])
      helps.set(verb, stdout)
    }
    const unknown = calls.flatMap((call) => {
      const own = helps.get(call.split(' ')[0] ?? '') ?? '--version'
      const flags = call.match(/(?<= )--[a-z-]+|^--[a-z-]+/gu) ?? []
      return flags.filter((flag) => !own.includes(flag)).map((flag) => `${flag} of ${call}`)
    })
    expect(unknown).toEqual([])
  })

  test('have blocks that a shell can read', () => {
    const refused = blocks('sh').filter((block) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' })
      return status !== 0 || stderr !== ''
    })
    expect(refused).toEqual([])
  })

  test('name files that there are', () => {
    const named = new Set(everything.match(/(?<=\$deploy\/|etcdesk\/deploy\/|[` ]deploy\/)[A-Za-z][a-z./-]+[a-z]/gu))
    expect([...named].filter((name) => !files.includes(name))).toEqual([])
    expect(files.filter((name) => !name.endsWith('.mjs') && !named.has(name))).toEqual([])
    const links = [...page.matchAll(/\]\(([\w.]+)\)/gu)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(repositoryRoot, 'docs', target)))).toEqual([])
  })

  test('say of the unit what it says itself', () => {
    const unit = readFileSync(join(deploy, 'etcdesk.service'), 'utf8')
    const table = /^## The unit$([\s\S]*?)^`systemd-analyze/mu.exec(page)?.[1] ?? ''
    const said = [...table.matchAll(/`([A-Z]\w+=[^`]+)`/gu)].map(([, line = '']) => line)
    expect(said.filter((line) => !unit.split('\n').includes(line))).toEqual([])
    expect(said.length).toBeGreaterThan(6)
    const heap = /^Environment=(NODE_OPTIONS=.*)$/mu.exec(unit)?.[1] ?? 'none'
    expect(page).toContain(heap)
  })

  test('tell the alarms of the page for operators what the unit allows', () => {
    const unit = readFileSync(join(deploy, 'etcdesk.service'), 'utf8')
    const operating = readFileSync(join(repositoryRoot, 'docs/OPERATING.md'), 'utf8')
    const mebibytes = (form: RegExp): number => Number(form.exec(unit)?.[1]) * 1024 * 1024
    expect(operating).toContain(`> 0.75 * ${mebibytes(/^MemoryMax=(\d+)M$/mu)} #`)
    expect(operating).toContain(`> 0.8 * ${mebibytes(/max-old-space-size=(\d+)$/mu)} #`)
  })
})
