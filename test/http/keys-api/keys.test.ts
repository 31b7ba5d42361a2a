/** What each request to a key does and answers, over SQLite. The tests: `test/suites/keys-api/keys.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testKeys } from '../../suites/keys-api/keys.js'

testKeys(sqliteTarget)
