/**
 * The program with one fault put into it, as it was found in other clients of etcd or would be easy to make. The fault suite has
 * to catch each of them; what it can't tell from the program as it should be, it does not test.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { programPath } from '../support/server.js'

export interface Mutant {
  readonly name: string
  /** What has to catch it: rounds of faults, a backlog (`backlog.ts`), or a storm (`storm.ts`). */
  readonly caughtBy: 'rounds' | 'backlog' | 'storm'
  /** Below dist: what is replaced by what. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[]
  /** Which storm it passes through: mutants that show in different ways pass through one together. */
  readonly storm?: number
  /** What it looks like to the judge; anything that is wrong where it is left out. */
  readonly shows?: RegExp
  /** Names of the faults that bring it to light; any where it is left out. */
  readonly faults?: RegExp
}

const mutants: readonly Mutant[] = [
  {
    name: 'a node that now and then answers without appending',
    caughtBy: 'rounds',
    edits: [
      {
        file: 'journal/etcd/etcd-journal.js',
        from: 'async append(commit, after) {',
        to: "async append(commit, after) { if (Math.random() < 0.02) return { type: 'accepted', head: headAt(revisionOf(after), commit) };",
      },
    ],
  },
  {
    name: 'a node that says that nothing was changed when the time of a caller is up',
    caughtBy: 'rounds',
    edits: [{ file: 'store/waiting.js', from: "'overloaded' : 'unknown-outcome'", to: "'overloaded' : 'unavailable'" }],
    faults: /longer than callers wait/u,
  },
  {
    name: 'a node that runs a commit again which it can not find out about at once',
    caughtBy: 'rounds',
    edits: [{ file: 'store/appending.js', from: 'await pause(failures, this.#options.signal)', to: 'return before' }],
    faults: /nearly as long as callers wait/u,
  },
  {
    name: 'a node that answers as done what it can not find out about at once',
    caughtBy: 'rounds',
    edits: [
      {
        file: 'store/appending.js',
        from: 'await pause(failures, this.#options.signal)',
        to: 'return void batch.answer()',
      },
    ],
    faults: /cut off in the middle of writes/u,
  },
  {
    name: 'a node that believes a write undone which may still be on its way',
    caughtBy: 'storm',
    storm: 3,
    shows: /(write|title|comment|description) (of )?\S+ was answered, yet happened at \[\d+, \d+/u,
    edits: [
      {
        file: 'journal/etcd/etcd-journal.js',
        from: 'const success = [this.#putHead({ index: after.index, time: after.time, id })]',
        to: 'const success = []',
      },
      {
        file: 'journal/etcd/etcd-journal.js',
        from: 'head: { index: after.index, time: after.time, guard: guardOf(fence.revision, id) }',
        to: 'head: after',
      },
    ],
  },
  {
    // As the npm package etcd3 does.
    name: 'a client that sends a write again when its connection breaks',
    caughtBy: 'storm',
    storm: 1,
    edits: [
      {
        file: 'etcd/requests.js',
        from: "kind === 'write' || outcome.type !== 'unknown' || isTooLarge",
        to: "outcome.type !== 'unknown'",
      },
    ],
    faults: /break again and again/u,
  },
  {
    name: 'a node that does again what comes with the key of a request that it did',
    caughtBy: 'storm',
    storm: 2,
    shows: /one request was answered in two ways/u,
    edits: [{ file: 'names/once.js', from: 'if (kept === undefined ||', to: 'if (kept === undefined || true ||' }],
  },
  {
    name: 'a change that does not look at the version which it is guarded by',
    caughtBy: 'storm',
    storm: 2,
    shows: /was guarded by \d+, yet came behind/u,
    edits: [
      {
        file: 'tickets/finding.js',
        from: 'const isOld = version !== undefined &&',
        to: 'const isOld = false && version !== undefined &&',
      },
    ],
  },
  {
    name: 'a change of a ticket that now and then leaves the text out',
    caughtBy: 'storm',
    storm: 3,
    shows: /the description \S+ was answered, yet happened at \[\]/u,
    edits: [
      {
        file: 'tickets/change.js',
        from: 'if (isDescribed)',
        to: 'if (isDescribed && transaction.nextIndex % 10 !== 0)',
      },
    ],
  },
  {
    name: 'a change that adds a label and leaves those out which another one added',
    caughtBy: 'storm',
    storm: 2,
    shows: /the label \S+ of ticket \d+ was to come and go as/u,
    edits: [{ file: 'tickets/names.js', from: '...previous.filter(', to: '...previous.slice(0, 1).filter(' }],
  },
  {
    name: 'a look at a ticket as it was that takes one change too many back',
    caughtBy: 'storm',
    storm: 3,
    shows: /the history of ticket|ticket \d+ as of \d+ was read/u,
    edits: [{ file: 'tickets/past.js', from: '`${index} > ?`', to: '`${index} >= ?`' }],
  },
  {
    name: 'a search that still finds a ticket by what it was before',
    caughtBy: 'storm',
    storm: 2,
    shows: /the search .* was answered by/u,
    edits: [{ file: 'search/index/reader.js', from: '?.delete(inChunk)', to: '?.delete(-1)' }],
  },
  {
    name: 'a search that now and then does not look at what came last',
    caughtBy: 'storm',
    storm: 3,
    shows: /the search .* was answered by/u,
    edits: [
      {
        file: 'search/index/reader.js',
        from: 'if (seq === this.#seq)',
        to: 'if (seq === this.#seq || (this.#seq > 0 && seq % 4 === 0))',
      },
    ],
  },
  {
    // As the npm package etcd3 does: while a watch catches up, the header shows a revision far ahead of the events.
    name: 'a watch that goes on behind the revision in the header of what came last',
    caughtBy: 'backlog',
    edits: [
      {
        file: 'etcd/watch-session.js',
        from: "this.#give({ type: 'revisions', revisions })",
        to: "this.#give({ type: 'revisions', revisions, seen: message.header.revision })",
      },
      {
        file: 'etcd/watch.js',
        from: 'await this.#deliver(step.revisions)',
        to: '((await this.#deliver(step.revisions)) ?? void (this.#position = step.seen))',
      },
    ],
  },
  {
    name: 'a watch that goes on from now when its connection breaks',
    caughtBy: 'backlog',
    edits: [{ file: 'etcd/watch.js', from: 'startRevision = this.#position + 1n', to: 'startRevision = 0n' }],
  },
  {
    // The index alone proves such a gap, and the node then begins anew: so that is taken away too.
    name: 'a watch that goes on from now when its connection breaks, and a feed that does not look',
    caughtBy: 'rounds',
    edits: [
      { file: 'etcd/watch.js', from: 'startRevision = this.#position + 1n', to: 'startRevision = 0n' },
      { file: 'journal/etcd/feed.js', from: '> after.index + 1 ||', to: '> Infinity ||' },
    ],
    faults: /break again and again/u,
  },
  {
    name: 'a refusal and a strong read that believe the local copy',
    caughtBy: 'rounds',
    edits: [
      { file: 'store/writer.js', from: 'await this.#replication.catchUp(await this.#journal.head())', to: 'await 0' },
    ],
    faults: /break again and again|slow|stands still$/u,
  },
]

/** Those that this has to catch. */
export function mutantsFor(catcher: Mutant['caughtBy']): readonly Mutant[] {
  return mutants.filter(({ caughtBy }) => caughtBy === catcher)
}

/** Mutants that pass through one storm together. */
export interface Company {
  readonly names: string
  readonly mutants: readonly Mutant[]
}

/** All that a storm has to catch, by the storm that they pass through. */
export function companies(): readonly Company[] {
  const all = mutantsFor('storm')
  return [...new Set(all.map(({ storm }) => storm))].map((number) => {
    const members = all.filter(({ storm }) => storm === number)
    return { names: members.map(({ name }) => name).join('; '), mutants: members }
  })
}

/** Builds the program with the faults of these mutants below `folder`. Returns the command that runs it. @throws where the program has changed and no longer fits */
export function buildMutant(members: readonly Mutant[], folder: string): readonly string[] {
  const dist = dirname(dirname(programPath))
  const root = dirname(dist)
  mkdirSync(folder, { recursive: true })
  cpSync(dist, join(folder, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const { name, edits } of members) {
    for (const { file, from, to } of edits) {
      const path = join(folder, 'dist', file)
      const text = readFileSync(path, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} no longer has what "${name}" replaces: ${from}`)
      writeFileSync(path, text.replace(from, to))
    }
  }
  return [process.execPath, join(folder, 'dist/cli/main.js')]
}
