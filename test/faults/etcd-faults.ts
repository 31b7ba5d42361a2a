/** Faults of etcd itself: of its members, and of the ways between them. */
import type { EtcdMember } from '../support/etcd-member.js'
import { lasts, pick, type Fault, type Random } from './faults.js'
import type { World } from './world.js'

/** Those that leave etcd a majority in sight of every node: they may come together with a fault of a node. */
export const survivableFaults: readonly Fault[] = [
  {
    name: 'kill -9 of the etcd leader',
    async strike(world, random) {
      await killed([await world.etcd.leader()], random, 500, 3000)
    },
  },
  {
    name: 'kill -9 of an etcd follower',
    async strike(world, random) {
      await killed([pick(await followersOf(world), random)], random, 500, 3000)
    },
  },
  onTheWays('two etcd followers do not reach each other', 1000, 4000, async ({ network, etcd }) => {
    const [one, other] = await followersOf({ etcd })
    if (one !== undefined && other !== undefined) network.isolate(one.name, [other.name])
  }),
]

export const etcdFaults: readonly Fault[] = [
  ...survivableFaults,
  {
    name: 'the etcd leader stands still for longer than an election',
    async strike(world, random) {
      await frozen([await world.etcd.leader()], random, 2000, 4500)
    },
  },
  {
    name: 'an etcd follower stands still',
    async strike(world, random) {
      await frozen([pick(await followersOf(world), random)], random, 2000, 6000)
    },
  },
  {
    name: 'both etcd followers stand still',
    async strike(world, random) {
      await frozen(await followersOf(world), random, 1000, 5000)
    },
  },
  {
    name: 'etcd without a majority',
    async strike(world, random) {
      const spared = pick(world.etcd.members, random)
      const members = world.etcd.members.filter((member) => member !== spared)
      await killed(members, random, 500, 4000)
    },
  },
  onTheWays('the etcd leader is cut off from the other members', 2000, 6000, async ({ network, etcd }) => {
    const leader = await etcd.leader()
    network.isolate(leader.name, othersOf(etcd.members, leader))
  }),
  onTheWays('the etcd leader is no longer heard by the other members', 2000, 5000, async ({ network, etcd }) => {
    const leader = await etcd.leader()
    for (const other of othersOf(etcd.members, leader)) network.cut(leader.name, other)
  }),
  onTheWays('the etcd leader no longer hears the other members', 2000, 5000, async ({ network, etcd }) => {
    const leader = await etcd.leader()
    for (const other of othersOf(etcd.members, leader)) network.cut(other, leader.name)
  }),
  onTheWays('no etcd member reaches another', 1000, 4000, ({ network, etcd }) => {
    for (const member of etcd.members) network.isolate(member.name, othersOf(etcd.members, member))
  }),
  onTheWays(
    'the ways between the etcd members are slow and lose what they carry',
    2000,
    5000,
    ({ network }, random) => {
      network.worsen({ delayMs: 75, spreadMs: 50, loss: random() * 0.2 })
    },
  ),
  {
    name: 'etcd forgets its history',
    async strike(world) {
      await world.compact()
    },
  },
]

async function followersOf({ etcd }: Pick<World, 'etcd'>): Promise<EtcdMember[]> {
  const leader = await etcd.leader()
  return etcd.members.filter((member) => member !== leader)
}

function othersOf(members: readonly EtcdMember[], member: EtcdMember): string[] {
  return members.filter((other) => other !== member).map(({ name }) => name)
}

async function killed(members: readonly EtcdMember[], random: Random, atLeastMs: number, atMostMs: number) {
  await Promise.all(members.map((member) => member.kill()))
  await lasts(random, atLeastMs, atMostMs)
  for (const member of members) member.start()
  await Promise.all(members.map((member) => member.ready()))
}

async function frozen(members: readonly EtcdMember[], random: Random, atLeastMs: number, atMostMs: number) {
  await Promise.all(members.map((member) => member.freeze()))
  await lasts(random, atLeastMs, atMostMs)
  for (const member of members) member.thaw()
  await Promise.all(members.map((member) => member.ready()))
}

/** What is done to the ways between the members, for a while. */
function onTheWays(
  name: string,
  atLeastMs: number,
  atMostMs: number,
  turn: (world: Pick<World, 'network' | 'etcd'>, random: Random) => void | Promise<void>,
): Fault {
  return {
    name,
    async strike(world, random) {
      await turn(world, random)
      await lasts(random, atLeastMs, atMostMs)
      world.network.heal()
      await Promise.all(world.etcd.members.map((member) => member.ready()))
    },
  }
}
