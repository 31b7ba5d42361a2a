/** What `/v1` does, over SQLite. The tests: `test/suites/v1/`. */
import { sqliteTarget } from '../../support/target.js'
import { testV1 } from '../../suites/v1/v1.js'

testV1(sqliteTarget)
