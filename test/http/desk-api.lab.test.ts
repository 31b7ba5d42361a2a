/** The lab's ticket API, over SQLite. The tests: `test/suites/desk-api/lab.ts`. */
import { sqliteTarget } from '../support/target.js'
import { testLab } from '../suites/desk-api/lab.js'

testLab(sqliteTarget)
