/**
 * Sets of the words that many tickets hold in title or description, so that they need not be asked of the full-text table, where each hit
 * costs. (Comments are asked of theirs: in a part of them a table finds a word only by going through what lies before.) They are kept
 * for **parts** of the numbers that are full of tickets, each with a list of the words that are frequent in it: no more than what
 * the table answered for it when it was made. A ticket whose texts changed since is noted, and is asked of the table, as is every part
 * that has no sets and every word that is not on the list of its part. So what is found is what the table holds, whatever is kept here.
 */
import type { Sizes } from './bits.js'
import { STAMP } from './tables.js'

export const FREQUENT_PREFIX = 'often_'

/** Says how they are made; they follow from what the full-text table holds, so they go with them. */
export const FREQUENT_STAMP = `1, of ${STAMP}`

/** The set of a word is one of a part: it lies under the part's place times `FACTOR` and the id of the word. */
export function sizesOfPart({ partBits }: Sizes): Sizes {
  return { chunkBits: partBits, partBits }
}

/** `seq` grows whenever a part is made or given up; `words` of a part are the ids of those on its list, between spaces. */
export const FREQUENT_SCHEMA = `
CREATE TABLE IF NOT EXISTS often_state (id INTEGER PRIMARY KEY CHECK (id = 1), stamp TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS often_words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS often_parts (part INTEGER PRIMARY KEY, words TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS often_sets (id INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS often_changed (number INTEGER PRIMARY KEY);
`
