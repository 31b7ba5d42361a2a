/** Watches over HTTP, over SQLite. The tests: `test/suites/keys-api/watching.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testWatching, testWatchLoad } from '../../suites/keys-api/watching.js'

testWatching(sqliteTarget)
testWatchLoad(sqliteTarget)
