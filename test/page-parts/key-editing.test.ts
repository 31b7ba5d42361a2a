/** A key is stored once: where the answer to a save was lost, what stands there then is one's own, and nobody else's. */
import { beforeEach, expect, test, vi } from 'vitest'
import { keysErrorCodes } from '#src/client/client.js'
import { KeysError } from '../../web/state/failures.js'
import type { Guard, Listed, Writing } from '../../web/state/keys-door.js'
import type { Found } from '../../web/state/tree-rows.js'
import { beginEdit, changeEdit, editOf, endEdit, saveEdit, writeOver } from '../../web/views/keys/editing.js'

const KEY = '/config/limit'

/** The one key of a desk, and how many answers to writes are still to be lost. */
const door = vi.hoisted(() => ({
  node: undefined as Found | undefined,
  lost: 0,
  said: [] as string[],
  write: (_value: string, _writing: Writing): Found => {
    throw new Error('Nothing can be written yet.')
  },
  read: (): Listed => {
    throw new Error('Nothing can be read yet.')
  },
}))

vi.mock('../../web/state/form-drafts.js', () => ({
  KeptForms: class {
    follow(): void {}
    keep(): void {}
  },
}))
vi.mock('../../web/state/undo.js', () => ({ say: (what: string) => void door.said.push(what) }))
vi.mock('../../web/state/keys-door.js', () => ({
  readKey: async () => door.read(),
  writeKey: async (_key: string, value: string, writing: Writing) => door.write(value, writing),
}))

const refused = (reason: keyof typeof keysErrorCodes): KeysError =>
  new KeysError({ errorCode: keysErrorCodes[reason], message: 'No.', cause: KEY, index: 0, status: 412 })

const nodeOf = (value: string, modified: number, ttl?: number): Found => ({
  key: KEY,
  isDir: false,
  value,
  created: 1,
  modified,
  expires: ttl === undefined ? undefined : Date.now() + ttl * 1000,
})

function check({ prevIndex, prevExist }: Guard): void {
  const { node } = door
  if (prevExist === false && node !== undefined) throw refused('nodeExists')
  if (prevIndex === undefined) return
  if (node === undefined) throw refused('keyNotFound')
  if (node.modified !== prevIndex) throw refused('compareFailed')
}

beforeEach(() => {
  endEdit(KEY)
  door.node = nodeOf('10', 5)
  door.lost = 0
  door.said = []
  door.write = (value, { ttl, ...guard }) => {
    check(guard)
    door.node = nodeOf(value, (door.node?.modified ?? 20) + 1, ttl)
    if (door.lost-- > 0) throw new TypeError('Failed to fetch')
    return door.node
  }
  door.read = () => {
    if (door.node === undefined) throw refused('keyNotFound')
    return { node: door.node, children: [], index: door.node.modified }
  }
})

/** Begins to write into the key as it is. */
function typed(text: string, change: Parameters<typeof changeEdit>[1] = {}): void {
  if (door.node !== undefined) beginEdit(door.node)
  changeEdit(KEY, { text, ...change })
}

test('what was stored, though its answer was lost, is stored when it is saved again', async () => {
  typed('20')
  door.lost = 1
  expect(await saveEdit(KEY)).toBeUndefined()
  expect(editOf(KEY)?.problem).toBe('Failed to fetch')
  expect(await saveEdit(KEY)).toEqual(door.node)
  expect(editOf(KEY)).toBeUndefined()
  expect(door.node?.modified).toBe(6)
  expect(door.said).toHaveLength(1)
})

test('what was typed since is stored over it, and over nothing that others wrote', async () => {
  typed('20')
  door.lost = 1
  await saveEdit(KEY)
  changeEdit(KEY, { text: '200' })
  expect(await saveEdit(KEY)).toMatchObject({ value: '200', modified: 7 })
  expect(editOf(KEY)).toBeUndefined()
  typed('300')
  door.lost = 1
  await saveEdit(KEY)
  door.node = nodeOf('1', 30)
  changeEdit(KEY, { text: '3000' })
  expect(await saveEdit(KEY)).toBeUndefined()
  expect(editOf(KEY)).toMatchObject({ theirs: door.node, text: '3000' })
})

test.each([
  ['one that was typed', undefined, { ttl: '60' }],
  ['one that is to stay', 60, {}],
] as const)('with a time to live, %s, it is so too', async (_name, ttl, change) => {
  door.node = nodeOf('10', 5, ttl)
  typed('20', change)
  door.lost = 1
  await saveEdit(KEY)
  expect(await saveEdit(KEY)).toEqual(door.node)
  expect(editOf(KEY)).toBeUndefined()
})

test('what was made again, though its answer was lost, is made when it is tried again', async () => {
  typed('20')
  door.node = undefined
  await saveEdit(KEY)
  expect(editOf(KEY)?.theirs).toBeNull()
  door.lost = 1
  await writeOver(KEY)
  expect(await writeOver(KEY)).toEqual(door.node)
  expect(editOf(KEY)).toBeUndefined()
})

test('what others wrote is shown, also where it is the same text for another time', async () => {
  for (const [theirs, change] of [
    [nodeOf('30', 6), {}],
    [nodeOf('20', 7, 60), {}],
    [nodeOf('20', 8), { ttl: '60' }],
    [nodeOf('20', 9, 600), { ttl: '60' }],
  ] as const) {
    endEdit(KEY)
    door.node = nodeOf('10', 5)
    typed('20', change)
    door.node = theirs
    expect(await saveEdit(KEY)).toBeUndefined()
    expect(editOf(KEY)).toMatchObject({ theirs, isSending: false, text: '20' })
  }
  expect(door.said).toEqual([])
})

/** Saves one text whose answer is lost, then another; what is done while it looks what stands there. */
async function savedTwice(meanwhile: () => void): Promise<Found | undefined> {
  typed('20')
  door.lost = 1
  await saveEdit(KEY)
  changeEdit(KEY, { text: '200' })
  const { read } = door
  door.read = () => {
    meanwhile()
    return read()
  }
  return saveEdit(KEY)
}

test('what is typed while it looks what stands there is not stored, and stays', async () => {
  expect(await savedTwice(() => changeEdit(KEY, { text: '200 and ha' }))).toMatchObject({ value: '200', modified: 7 })
  expect(door.node).toMatchObject({ value: '200', modified: 7 })
  expect(editOf(KEY)).toMatchObject({ text: '200 and ha', base: door.node, isSending: false, problem: undefined })
})

test('an edit that is given up while it looks is stored no more', async () => {
  expect(await savedTwice(() => endEdit(KEY))).toBeUndefined()
  expect(editOf(KEY)).toBeUndefined()
  expect(door.node).toMatchObject({ value: '20', modified: 6 })
})

test('an edit that was begun instead while it looks is not stored in its place, and is told nothing', async () => {
  const begunAnew = (): void => {
    endEdit(KEY)
    typed('3')
  }
  expect(await savedTwice(begunAnew)).toBeUndefined()
  expect(editOf(KEY)).toMatchObject({ text: '3', isSending: false, theirs: undefined, problem: undefined })
  expect(door.node).toMatchObject({ value: '20', modified: 6 })
})

test('with what was sent second goes its own time to live', async () => {
  typed('20', { ttl: '60' })
  door.lost = 1
  await saveEdit(KEY)
  changeEdit(KEY, { text: '200', ttl: '600' })
  const stored = await saveEdit(KEY)
  expect((stored?.expires ?? 0) - Date.now()).toBeGreaterThan(300_000)
})
