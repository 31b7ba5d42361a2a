/** Long directories over HTTP, over SQLite. The tests: `test/suites/keys-api/directories.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testDirectories } from '../../suites/keys-api/directories.js'

testDirectories(sqliteTarget)
