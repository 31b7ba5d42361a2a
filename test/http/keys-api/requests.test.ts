/** What surrounds the keys, over SQLite. The tests: `test/suites/keys-api/requests.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testRequests } from '../../suites/keys-api/requests.js'

testRequests(sqliteTarget)
