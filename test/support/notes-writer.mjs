// @ts-check
/** A writer thread with the rules of the tests' notes beside the desk's. */
import { serveWriterThread } from '#src/store/thread.js'
import { deskWithNotes } from './notes.mjs'

serveWriterThread(deskWithNotes)
