/** Making the data folder and taking it back. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DataFolderError, makeDataFolder } from '#src/server/data-folder.js'

const root = mkdtempSync(join(tmpdir(), 'etcdesk-data-folder-'))
afterAll(() => rmSync(root, { recursive: true }))

test('the folder is made with those above it, and taking it back removes just what was made', () => {
  mkdirSync(join(root, 'there'))
  const folder = makeDataFolder(join(root, 'there/a/b'), '--data')
  expect(existsSync(join(root, 'there/a/b'))).toBe(true)
  folder.takeBack()
  expect(existsSync(join(root, 'there/a'))).toBe(false)
  expect(existsSync(join(root, 'there'))).toBe(true)
})

test('a folder that exists is left alone', () => {
  mkdirSync(join(root, 'mine'))
  makeDataFolder(join(root, 'mine'), '--data').takeBack()
  expect(existsSync(join(root, 'mine'))).toBe(true)
})

test('a folder in which something lies by now is not taken back', () => {
  const folder = makeDataFolder(join(root, 'used/inner'), '--data')
  writeFileSync(join(root, 'used/inner/file'), '')
  folder.takeBack()
  expect(existsSync(join(root, 'used/inner/file'))).toBe(true)
})

test('a folder that can not be made is refused with the flag that names it', () => {
  writeFileSync(join(root, 'file'), '')
  const make = () => makeDataFolder(join(root, 'file/a'), '--data')
  expect(make).toThrow(DataFolderError)
  expect(make).toThrow('choose another with --data')
})
