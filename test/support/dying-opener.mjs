// @ts-check
/**
 * Opens a node's local copy, with all tables of the desk or with few, and closes it again, and is killed before a certain step of those
 * that change something on the disk.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { planStore } from '#src/journal/open.js'
import { counterTable, nameTable } from '#src/names/tables.js'
import { Database } from '#src/sqlite/database.js'
import { openReplicaFile } from '#src/store/replica-file.js'

const [dataDirectory, step, which] = process.argv.slice(2)
// Loaded only where it is needed: this is started for each step.
const tables = which === 'all' ? (await import('#src/desk.js')).desk.tables : [counterTable, nameTable]
let steps = 0

/**
 * @param {object} target
 * @param {string[]} names
 */
function dieIn(target, ...names) {
  for (const name of names) {
    const original = Reflect.get(target, name)
    /** @this {unknown} @param {unknown[]} args */
    const dying = function (...args) {
      if (steps++ >= Number(step)) die()
      return Reflect.apply(original, this, args)
    }
    Reflect.set(target, name, dying)
  }
}

/** The signal may take a moment, in which nothing more is done. */
function die() {
  process.kill(process.pid, 'SIGKILL')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

dieIn(fs, 'writeFileSync', 'renameSync', 'rmSync', 'openSync')
dieIn(Database.prototype, 'begin', 'commit', 'exec', 'checkpoint')
syncBuiltinESMExports()
const plan = planStore({ address: 'etcd://127.0.0.1:1/desk', dataDirectory })
if (plan === undefined) throw new Error('that is an address')
openReplicaFile(plan, { tables, historyEventsMax: 1000, onNotice: () => {} }).release()
