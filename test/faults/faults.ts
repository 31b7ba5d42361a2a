/**
 * The faults. Each strikes, lasts for a while and is gone when its promise resolves: processes run again, ways are open. What
 * is chosen, and how long it lasts, comes from the seed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { DeskNode, World } from './world.js'

/** Numbers between 0 and 1, from the seed. */
export type Random = () => number

export interface Fault {
  readonly name: string
  strike(world: World, random: Random): Promise<void>
}

export const etcdFaults: readonly Fault[] = [
  {
    name: 'kill -9 of the etcd leader',
    async strike(world, random) {
      const member = await world.etcd.leader()
      await member.kill()
      await lasts(random, 500, 3000)
      member.start()
      await member.ready()
    },
  },
  {
    name: 'kill -9 of an etcd follower',
    async strike(world, random) {
      const leader = await world.etcd.leader()
      const member = pick(
        world.etcd.members.filter((other) => other !== leader),
        random,
      )
      await member.kill()
      await lasts(random, 500, 3000)
      member.start()
      await member.ready()
    },
  },
  {
    name: 'the etcd leader stands still for longer than an election',
    async strike(world, random) {
      const member = await world.etcd.leader()
      await member.freeze()
      await lasts(random, 2000, 4500)
      member.thaw()
      await member.ready()
    },
  },
  {
    name: 'etcd without a majority',
    async strike(world, random) {
      const first = world.etcd.members.indexOf(pick(world.etcd.members, random))
      const members = world.etcd.members.filter((_, place) => place !== first)
      await Promise.all(members.map((member) => member.kill()))
      await lasts(random, 500, 4000)
      for (const member of members) member.start()
      await Promise.all(members.map((member) => member.ready()))
    },
  },
  {
    name: 'etcd forgets its history',
    async strike(world) {
      await world.compact()
    },
  },
]

export const deskFaults: readonly Fault[] = [
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
    name: 'a node stands still',
    async strike(world, random) {
      const node = pick(world.nodes, random)
      await node.freeze()
      await lasts(random, 1000, 6000)
      node.thaw()
    },
  },
  onTheWay('a node is cut off from etcd, connections hang', 2000, 7000, (node, on) => {
    for (const proxy of node.proxies) proxy.blackhole(on)
  }),
  onTheWay('a node is cut off from etcd, connections are refused', 500, 4000, (node, on) => {
    for (const proxy of node.proxies) {
      proxy.refuse(on)
      proxy.cut()
    }
  }),
  onTheWay('what etcd answers a node is lost', 500, 4000, (node, on) => {
    for (const proxy of node.proxies) proxy.dropReplies(on)
  }),
  onTheWay('the way to etcd is slow', 1000, 4000, (node, on, random) => {
    for (const proxy of node.proxies) proxy.delay(on ? 20 + random() * 300 : 0)
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

/** What is done to the ways between one node and all members, for a while. */
function onTheWay(
  name: string,
  atLeastMs: number,
  atMostMs: number,
  turn: (node: DeskNode, on: boolean, random: Random) => void,
): Fault {
  return {
    name,
    async strike(world, random) {
      const node = pick(world.nodes, random)
      turn(node, true, random)
      await lasts(random, atLeastMs, atMostMs)
      turn(node, false, random)
      node.heal()
    },
  }
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** How long a fault lasts is part of it: nothing else is waited for here. */
function lasts(random: Random, atLeastMs: number, atMostMs: number): Promise<void> {
  return delay(atLeastMs + random() * (atMostMs - atLeastMs))
}
