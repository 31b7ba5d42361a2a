/**
 * Faults in the middle of writes that last for longer than callers wait: nobody can find out in time what became of a commit, so clients
 * are told that nobody knows. It was made, and its answer lost; or it never arrives; or it arrives when its callers have long been told.
 */
import { lasts, pick, type Fault, type Random } from './faults.js'
import type { DeskNode, World } from './world.js'

/** Longer than a caller waits until it is told that nobody knows, which is at most five seconds, in milliseconds. */
const BEYOND_MS = [5100, 6500] as const

/** Longer than a node asks in vain, and less than a caller waits: what was never made is still run again, in milliseconds. */
const NEARLY_MS = [3100, 3900] as const

/** How long writes go out until nothing does any more, in milliseconds: no request of a node's has been given up by then. */
const WRITES_MS = [50, 600] as const

export const unsettledFaults: readonly Fault[] = [
  unsettled('what etcd answers is lost for longer than callers wait', {
    begin: dropReplies,
  }),
  unsettled('nodes are cut off in the middle of writes for longer than callers wait', {
    // Their last write was made, or it never was; and then etcd is silent, or refuses to be asked.
    begin: (node, random) => (random() < 0.5 ? dropReplies(node) : cutOff(node)),
    goOn: (node, random) => (random() < 0.5 ? cutOff(node) : refuse(node)),
  }),
  unsettled('writes arrive at etcd after their callers have been told that nobody knows', {
    begin: (node) => node.everyWay((way) => way.hold(true)),
    goOn: cutOff,
    async end(nodes, random) {
      // The node asks what became of its write before it arrives, or behind that.
      const isAskedFirst = random() < 0.5
      if (isAskedFirst) for (const node of nodes) node.heal()
      await lasts(random, 0, 300)
      for (const node of nodes) node.everyWay((way) => way.release())
      await lasts(random, 50, 300)
    },
  }),
]

/** What was made and could not be found out about at first is not made again in the time that its callers have left. */
export const nearlyUnsettled: Fault = unsettled(
  'nodes are cut off in the middle of writes for nearly as long as callers wait',
  { begin: dropReplies, goOn: refuse },
  NEARLY_MS,
)

function dropReplies(node: DeskNode): void {
  node.everyWay((way) => way.dropReplies(true))
}

function cutOff(node: DeskNode): void {
  node.everyWay((way) => way.blackhole(true))
}

function refuse(node: DeskNode): void {
  node.everyWay((way) => {
    way.refuse(true)
    way.cut()
  })
}

interface Course {
  /** What befalls a node while it writes. */
  readonly begin: (node: DeskNode, random: Random) => void
  /** What befalls it then, for most of the time. */
  readonly goOn?: (node: DeskNode, random: Random) => void
  /** What comes before all ways are open again. */
  readonly end?: (nodes: readonly DeskNode[], random: Random) => Promise<void>
}

/** Strikes one node, or all of them: where no other one writes meanwhile, what comes late is still on the newest head. */
function unsettled(name: string, { begin, goOn, end }: Course, forMs: readonly [number, number] = BEYOND_MS): Fault {
  return {
    name,
    async strike(world: World, random) {
      const nodes = random() < 0.5 ? world.nodes : [pick(world.nodes, random)]
      for (const node of nodes) begin(node, random)
      await lasts(random, ...WRITES_MS)
      for (const node of nodes) goOn?.(node, random)
      await lasts(random, ...forMs)
      await end?.(nodes, random)
      for (const node of nodes) node.heal()
    },
  }
}
