/** Access to the desk, over SQLite. The tests: `test/suites/access/`. */
import { sqliteTarget } from '../../support/target.js'
import { testAccess } from '../../suites/access/access.js'

testAccess(sqliteTarget)
