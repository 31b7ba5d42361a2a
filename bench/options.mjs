// @ts-check
/** What the bench can be told on its command line. */
import { parseArgs } from 'node:util'

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {number} seconds that each measurement lasts
 * @property {number} connections
 * @property {number} few tickets in the small store
 * @property {number} many tickets in the large one
 * @property {number} missedCommits that a stopped node has missed
 * @property {number} kills of etcd's leader in each round
 * @property {string | undefined} data folder where filled stores are kept for the next run
 * @property {(name: string) => boolean} isChosen whether a case is to be measured
 */

const help = (/** @type {readonly string[]} */ cases) => `npm run bench -- [options]

  --quick        one round of one second each, small stores: tries everything out in about two minutes
  --case NAMES   only these cases, separated by commas: ${cases.join(', ')}
  --rounds N     default 5
  --seconds N    how long each measurement lasts, default 3
  --many N       tickets in the large store, default 1000000
  --data DIR     keep the filled stores in DIR and use them again next time
`

/** Ends the process with a sentence where an option is no good. @param {string[]} args @param {readonly string[]} cases @returns {Options} */
export function readOptions(args, cases) {
  const values = parse(args)
  if (values.help === true) {
    console.log(help(cases))
    process.exit(0)
  }
  const isQuick = values.quick === true
  const chosen = values.case?.split(',') ?? cases
  const unknown = chosen.find((name) => !cases.includes(name))
  if (unknown !== undefined) fail(`There is no case "${unknown}": choose from ${cases.join(', ')}.`)
  return {
    rounds: count('rounds', values.rounds, isQuick ? 1 : 5),
    seconds: count('seconds', values.seconds, isQuick ? 1 : 3),
    connections: 64,
    few: 1000,
    many: count('many', values.many, isQuick ? 20_000 : 1_000_000),
    missedCommits: isQuick ? 500 : 10_000,
    kills: isQuick ? 1 : 3,
    data: values.data,
    isChosen: (name) => chosen.includes(name),
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: 'boolean' },
        case: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        many: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

/** @param {string} name @param {string | undefined} text @param {number} usual */
function count(name, text, usual) {
  if (text === undefined) return usual
  return /^[1-9]\d{0,7}$/.test(text) ? Number(text) : fail(`--${name} should be a whole number, not "${text}".`)
}

/** @param {string} sentence @returns {never} */
function fail(sentence) {
  console.error(`bench: ${sentence}`)
  process.exit(1)
}
