/** Who may what of the key tree, over SQLite. The tests: `test/suites/keys-api/access.ts` and `credentials.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testAccess } from '../../suites/keys-api/access.js'
import { testCredentials } from '../../suites/keys-api/credentials.js'

testAccess(sqliteTarget)
testCredentials(sqliteTarget)
