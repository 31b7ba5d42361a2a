/** Faults of the desk's nodes, and of the ways between a node and etcd. */
import { lasts, pick, type Fault, type Random } from './faults.js'
import { nearlyUnsettled, unsettledFaults } from './unsettled-faults.js'
import type { DeskNode } from './world.js'

export const deskFaults: readonly Fault[] = [
  ...unsettledFaults,
  nearlyUnsettled,
  {
    name: 'kill -9 of a node',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      await node.kill()
      await lasts(random, 0, 2000)
      await node.start()
    },
  },
  {
    name: 'a node is started again with its data gone',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      await node.kill()
      node.wipe()
      await lasts(random, 0, 1000)
      await node.start()
    },
  },
  {
    name: 'etcd forgets its history while a node is away',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      await node.kill()
      await lasts(random, 500, 1500)
      await world.compact()
      await node.start()
    },
  },
  {
    name: 'etcd forgets its history while a node is cut off',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      refuseAll(node)
      await lasts(random, 500, 1500)
      await world.compact()
      await lasts(random, 0, 1500)
      node.heal()
    },
  },
  {
    name: 'a node stands still',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      await node.freeze()
      await lasts(random, 1000, 6000)
      node.thaw()
    },
  },
  {
    name: 'a node reaches no etcd member but one that is cut off from the others',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      const alone = pick(world.etcd.members, random)
      const others = world.etcd.members.filter((member) => member !== alone).map(({ name }) => name)
      world.network.isolate(alone.name, others)
      node.proxies.forEach((proxy, place) => {
        if (world.etcd.members[place] !== alone) proxy.blackhole(true)
      })
      await lasts(random, 2000, 6000)
      world.network.heal()
      node.heal()
      await Promise.all(world.etcd.members.map((member) => member.ready()))
    },
  },
  onTheWay('a node is cut off from etcd, connections hang', 2000, 7000, (node) => {
    for (const proxy of node.proxies) proxy.blackhole(true)
  }),
  onTheWay('a node is cut off from etcd, connections are refused', 500, 4000, refuseAll),
  onTheWay('a node is cut off from one etcd member', 1000, 5000, (node, random) => {
    pick(node.proxies, random).blackhole(true)
  }),
  onTheWay('what etcd answers a node is lost', 500, 4000, (node) => {
    for (const proxy of node.proxies) proxy.dropReplies(true)
  }),
  onTheWay('the way to etcd is slow', 1000, 4000, (node, random) => {
    for (const proxy of node.proxies) proxy.delay(20 + random() * 300)
  }),
  onTheWay('the way to etcd is slow, now more, now less', 1000, 5000, (node) => {
    for (const proxy of node.proxies) proxy.delay(75, 50)
  }),
  onTheWay('half of what goes between a node and etcd is lost and sent again', 1000, 5000, (node) => {
    for (const proxy of node.proxies) proxy.lose(0.5)
  }),
  onTheWay('connections to etcd are half open', 1000, 5000, (node) => {
    for (const proxy of node.proxies) proxy.halfOpen()
  }),
  {
    name: 'connections to etcd break again and again',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      for (let times = 5 + Math.floor(random() * 15); times > 0; times--) {
        // Some break when etcd has done what it was asked and could not say so; some in the middle of what it says.
        if (random() < 0.5) {
          for (const proxy of node.proxies) proxy.dropReplies(true)
          await lasts(random, 20, 100)
        }
        for (const proxy of node.proxies) proxy.cutAfter([random() * 3000, random() * 3000])
        for (const proxy of node.proxies) {
          proxy.cut()
          proxy.dropReplies(false)
        }
        await lasts(random, 20, 400)
      }
      for (const proxy of node.proxies) proxy.cutAfter([])
      node.heal()
    },
  },
]

function refuseAll(node: DeskNode): void {
  for (const proxy of node.proxies) {
    proxy.refuse(true)
    proxy.cut()
  }
}

/** What is done to the ways between one node and etcd, for a while. */
function onTheWay(
  name: string,
  atLeastMs: number,
  atMostMs: number,
  worsen: (node: DeskNode, random: Random) => void,
): Fault {
  return {
    name,
    async strike(world, random) {
      const node = pick(world.nodes, random)
      worsen(node, random)
      await lasts(random, atLeastMs, atMostMs)
      node.heal()
    },
  }
}
