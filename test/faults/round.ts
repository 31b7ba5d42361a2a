/**
 * One round: everything is started anew, clients work while faults strike, everything heals, and the checker judges. A round
 * that fails leaves all that the checker saw in a folder.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { randomOf } from '../crash/copies.js'
import { waitUntil } from '../support/server.js'
import { judge, type Evidence } from './checker.js'
import { Follower, newShared, Roamer, type Shared } from './clients.js'
import { deskFaults } from './desk-faults.js'
import { etcdFaults, survivableFaults } from './etcd-faults.js'
import { extent } from './extent.js'
import { pick, type Fault, type Random } from './faults.js'
import { V1Roamer } from './v1-clients.js'
import { V1Follower } from './v1-requests.js'
import { World, type WorldOptions } from './world.js'

/** Half of them stay with one node, so that no fault keeps all of them waiting; the others go from node to node. */
const CLIENTS = 24

/** Clients of `/v1`, which go from node to node. */
const V1_CLIENTS = 8

/** How long a client rests between two requests on average, in milliseconds: faults have to bite, not the load. */
const REST_MS = 20

/** How soon after a fault every node must take writes again, in milliseconds: later where other tests take the processor. */
const RECOVERY_MS = extent({ short: 60_000, long: 20_000 })

/** The operation by which it is tried whether a node takes writes: a new ticket. */
const CREATE_TICKET = 2

export interface RoundOptions {
  readonly seed: number
  readonly seconds: number
  /** Told in a line what happens. */
  readonly say: (line: string) => void
  /** What runs the program; the built one where it is left out. */
  readonly command?: readonly string[]
  /** Names of the faults to choose from; all where it is left out. */
  readonly only?: RegExp
  /** Faults that strike one after another, each once, instead of any for so many seconds. */
  readonly inOrder?: readonly Fault[]
  /** Members of etcd, and nodes; three of each where it is left out. */
  readonly size?: Pick<WorldOptions, 'members' | 'nodes'>
  /** Shown what the checker was shown, after a round in which all was well and while the files are there; until then much is asked. */
  readonly afterwards?: (evidence: Evidence) => void
}

export interface RoundResult {
  readonly violations: readonly string[]
  readonly faults: readonly string[]
  readonly done: number
  readonly refused: number
  readonly unknown: number
  /** How often a node said itself that nobody knows. */
  readonly toldUnknown: number
  readonly reads: number
  /** What was to be changed by `/v1`, and what was looked at there. */
  readonly v1Changes: number
  readonly v1Looks: number
  readonly v1Searches: number
  readonly index: number
}

/** Runs a round with faults of this seed for so many seconds. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { seed, seconds, say } = options
  const folder = join(tmpdir(), `etcdesk-faults-${process.pid}-${seed}`)
  mkdirSync(folder, { recursive: true })
  const random = randomOf(seed)
  const world = await World.start({ folder, command: options.command, random: randomOf(-seed), ...options.size })
  const shared = newShared()
  const { history } = shared
  const faults: string[] = []
  const violations: string[] = []
  const followers = world.nodes.map((node) => new Follower(node))
  const v1Follower = new V1Follower(world.nodes)
  try {
    const working = new AbortController()
    const following = new AbortController()
    const clients = Array.from({ length: CLIENTS }, (_, place) => {
      const home = world.nodes.filter((_, number) => place % 2 === 0 || number === (place >> 1) % world.nodes.length)
      return new Roamer(`w${place}`, shared, randomOf(seed * 1000 + place)).run(home, REST_MS, working.signal)
    })
    const v1Roamers = Array.from(
      { length: V1_CLIENTS },
      (_, place) => new V1Roamer(`v${place}`, shared, randomOf(seed * 1000 + CLIENTS + 1 + place)),
    )
    clients.push(...v1Roamers.map((roamer) => roamer.run(world.nodes, REST_MS, working.signal)))
    const followings = [...followers, v1Follower].map((follower) => follower.run(following.signal))
    const probe = new Roamer('probe', shared, randomOf(seed * 1000 + CLIENTS))
    const end = Date.now() + seconds * 1000
    const plan = [...(options.inOrder ?? [])]
    const isOver = (): boolean => {
      if (options.inOrder !== undefined) return plan.length === 0
      return Date.now() >= end && (options.afterwards === undefined || isEnough(shared))
    }
    while (!isOver() && violations.length === 0) {
      const next = plan.shift()
      const names = await strike(world, random, next === undefined ? choose(random, options.only) : [next])
      faults.push(...names)
      const struck = performance.now()
      violations.push(...(await recover(world, probe, names)))
      const recovery = Math.round(performance.now() - struck)
      say(`seed ${seed}: ${names.join(' and ')}; all nodes wrote again ${recovery} ms after its end`)
    }
    working.abort()
    await Promise.all(clients)
    violations.push(...(await recover(world, probe, ['everything healed'])))
    await Promise.all(v1Roamers.map((roamer) => roamer.finish(world.nodes)))
    // Who follows keys is told of a new ticket, and only so comes as far as what happened to no key.
    violations.push(...(await recover(world, probe, ['the last requests to /v1'])))

    // What is broken already is not waited for.
    const patience = violations.length === 0 ? 60_000 : 2000
    await waitUntil('all keys to expire that should', () => isStill(world, shared), patience).catch(
      (error: unknown) => {
        violations.push(String(error))
      },
    )
    const fresh = await world.startFreshNode()
    await waitUntil(
      'the followers to see the last event',
      () => [...followers, v1Follower].every(({ reached }) => reached >= shared.floor),
      patience * 2,
    ).catch(() =>
      violations.push(
        `followers stand at ${[...followers, v1Follower].map(({ reached }) => reached).join(', ')} of ${shared.floor}`,
      ),
    )
    following.abort()
    await Promise.all(followings)
    const nodes = [...world.nodes, fresh]
    const words: string[] = []
    for (const node of nodes) words.push(await node.stop())
    const evidence: Evidence = {
      history,
      followed: followers.map(({ node, events, refusals }) => ({ node: node.name, events, refusals })),
      told: { events: v1Follower.told, refusals: v1Follower.refusals },
      replicas: nodes.map(({ name, replicaPath }) => ({ node: name, path: replicaPath })),
    }
    violations.push(...judge(evidence))
    if (violations.length === 0) options.afterwards?.(evidence)
    else {
      const kept = join(tmpdir(), `etcdesk-faults-seed-${seed}`)
      rmSync(kept, { recursive: true, force: true })
      cpSync(folder, kept, { recursive: true })
      writeFileSync(
        join(kept, 'history.json'),
        JSON.stringify({ seed, faults, violations, words, ...evidence }, null, 1),
      )
      say(`seed ${seed}: what was seen is kept in ${kept}`)
    }
  } finally {
    await world.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const count = (outcome: string): number => history.attempts.filter((attempt) => attempt.outcome === outcome).length
  return {
    violations,
    faults,
    done: count('done'),
    refused: count('refused'),
    unknown: count('unknown'),
    toldUnknown: shared.unknowns,
    reads: history.reads.length,
    v1Changes: history.v1.changes.length + history.v1.labels.length,
    v1Looks: history.v1.looks.length + history.v1.histories.length,
    v1Searches: history.v1.searches.length,
    index: shared.floor,
  }
}

/** Whether so much was asked of `/v1` that something of every kind is among it: a slow machine needs longer for that. */
function isEnough({ history: { v1 } }: Shared): boolean {
  const [changes, looks] = [v1.changes.length + v1.labels.length, v1.looks.length + v1.histories.length]
  return changes >= 120 && looks >= 30 && v1.searches.length >= 25
}

/** One fault, or, now and then, one of each kind for the same time. */
function choose(random: Random, only?: RegExp): readonly Fault[] {
  const chosen: Fault[] = []
  const dice = random()
  if (only !== undefined) {
    const all = [...deskFaults, ...etcdFaults]
    chosen.push(
      pick(
        all.filter(({ name }) => only.test(name)),
        random,
      ),
    )
  } else if (dice < 0.6) chosen.push(pick(deskFaults, random))
  // A node that starts needs etcd, so what takes etcd away as a whole comes alone.
  else chosen.push(pick(etcdFaults, random))
  if (only === undefined && dice < 0.15) chosen.push(pick(survivableFaults, random))
  return chosen
}

/** Lets faults strike at the same time; their names. */
async function strike(world: World, random: Random, chosen: readonly Fault[]): Promise<string[]> {
  // Each has its own chances: how long one takes does not change what the other does, nor what comes next.
  const strikes = chosen.map((fault) => ({ fault, own: randomOf(random() * 2 ** 31) }))
  await Promise.all(strikes.map(({ fault, own }) => fault.strike(world, own)))
  return chosen.map(({ name }) => name)
}

/** Every node takes writes again by itself; what does not, is told. */
async function recover(world: World, probe: Roamer, faults: readonly string[]): Promise<string[]> {
  const recovered = await Promise.all(
    world.nodes.map(async (node) => {
      const deadline = Date.now() + RECOVERY_MS
      while (!(await probe.step(node, CREATE_TICKET))) {
        if (Date.now() > deadline)
          return [`${node.name} takes no writes ${RECOVERY_MS / 1000} s after: ${faults.join(' and ')}`]
        await delay(50)
      }
      return []
    }),
  )
  return recovered.flat()
}

/** Whether nothing will happen by itself any more; notes how far everything has come. */
async function isStill({ nodes }: World, shared: Shared): Promise<boolean> {
  const [node] = nodes
  const answer = await fetch(`${node?.doors?.keysUrl}/v2/keys/passing?quorum=true`)
  shared.floor = Math.max(shared.floor, Number(answer.headers.get('x-etcd-index')))
  return answer.status < 500 && !(await answer.text()).includes('"/passing/')
}
