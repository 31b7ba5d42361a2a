/** How the desk refuses, over SQLite. The tests: `test/suites/desk-api/errors.ts`. */
import { sqliteTarget } from '../support/target.js'
import { testErrors } from '../suites/desk-api/errors.js'

testErrors(sqliteTarget)
