/** A small disk that tests fill: a tmpfs, so they need root; guard them with `describe.skipIf(missing('tmpfs'))`. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './folder.js'

export interface SmallDisk {
  readonly folder: string
  /** Fills what is left, to the last byte. */
  fill(): void
  /** Gives back what `fill` and the ballast took. */
  makeRoom(): void
}

export interface SmallDiskOptions {
  readonly megabytes: number
  /** What lies on it from the beginning, and goes when room is made. */
  readonly ballastMegabytes: number
}

/** Makes a disk that is gone with the running test. */
export function smallDisk({ megabytes, ballastMegabytes }: SmallDiskOptions): SmallDisk {
  const folder = join(temporaryFolder(), 'disk')
  mkdirSync(folder)
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  onTestFinished(() => run('umount', '--lazy', folder))
  const ballast = join(folder, 'ballast')
  fillFile(ballast, ballastMegabytes * 1024 * 1024)
  return {
    folder,
    fill: () => fillFile(join(folder, 'rest'), Infinity),
    makeRoom: () => {
      rmSync(ballast)
      rmSync(join(folder, 'rest'), { force: true })
    },
  }
}

/** Runs `mount` or `umount`. @throws with what it said where it fails */
function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

/** Writes zeros until there are so many, or no more room. */
function fillFile(path: string, bytes: number): void {
  const piece = Buffer.alloc(64 * 1024)
  const file = openSync(path, 'a')
  try {
    for (let written = 0; written < bytes;) {
      const taken = writeSync(file, piece, 0, Math.min(piece.length, bytes - written))
      if (taken === 0) return
      written += taken
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    closeSync(file)
  }
}
