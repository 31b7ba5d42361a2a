/** How much of everything there may be, said once: for the rules that keep it so and the documents that promise it. Plain numbers. */

/** Characters of a name: of a status, a queue, a label, a field, a view, or a user's handle. */
export const nameCharactersMax = 50

/** UTF-16 units of a text that may be meant as a name: with surrogate pairs, and spaces around it. */
export const nameUnitsMax = 4 * nameCharactersMax

/** Bytes of UTF-8 of a description or a comment. */
export const textBytesMax = 64 * 1024

/** Characters of a custom field's text, and of the short texts of what has a name. */
export const fieldCharactersMax = 1000

/** Characters of a name from outside: an alert's fingerprint, another tracker's number. */
export const refCharactersMax = 255

/** Characters of an Idempotency-Key. */
export const onceCharactersMax = 255

/** How much one ticket may have. */
export const ticketLabelsMax = 100
export const ticketAssigneesMax = 20
export const ticketWatchersMax = 500
export const ticketLinksMax = 500

/** How much the desk may have. */
export const queuesMax = 1000
export const labelsMax = 10_000
export const statusesMax = 64
export const fieldsMax = 200
export const viewsMax = 1000
export const choicesMax = 200

/** Prefixes of the key tree that a service may be given, and characters of one. */
export const keyPrefixesMax = 50
export const keyPrefixCharactersMax = 500

/** Columns that a view shows, and characters of what one of them is called: a field's name, and what stands before it. */
export const viewColumnsMax = 30
export const viewColumnCharactersMax = nameCharactersMax + 10

/** Operations of one batch. */
export const batchOperationsMax = 500

/** Bytes of a batch. */
export const batchBytesMax = 256 * 1024

/** Entries of one page of a list, and how many there are where nothing is said. */
export const pageMax = 200
export const pageDefault = 50

/** Tickets that may be passed over before a page. */
export const offsetMax = 2 ** 31 - 1

/** Events of one page, how many there are where nothing is said, and for how many seconds a request may wait for one. */
export const eventsPageMax = 1000
export const eventsPageDefault = 100
export const eventsWaitMax = 60

/** Characters of a search, how deep its parentheses may stand in each other, and how many words and values it may have. */
export const queryCharactersMax = 2000
/** To which the search of a view may grow by renames, each of its names at its longest and in quotes: it is taken back as it is shown. */
export const grownQueryCharactersMax = 22_000
export const queryDepthMax = 10
export const queryValuesMax = 200

/** Days of the ledger that are told at once. */
export const ledgerDaysMax = 400

/** The fewest characters of a password. */
export const passwordCharactersMin = 12

/** By what lists of tickets can be ordered. */
export const sortWords = ['number', 'created', 'updated', 'closed', 'due', 'priority', 'comments', 'relevance'] as const

/** In which order comments and a history can be read: descending where neither is said, as tickets. */
export const partSorts = ['created', 'created-asc', 'created-desc'] as const
export type PartSort = (typeof partSorts)[number]

/** Entries of a ticket's history that a look into the past goes through, and links that are followed in search of a ring. */
export const entriesMax = 10_000

/** Bytes of what those entries say of before: a change of many custom fields, or of a long text, keeps all of it. */
export const entriesBytesMax = 16 * 1024 * 1024

/** Days that a date may be: from 1970 to 2105. */
export const dayMin = '1970-01-01'
export const dayMax = '2105-12-31'

/** Characters that a batch or an import reads and writes at most, each: others wait for it. An undo of it may come to more. */
export const commandCharactersMax = 4 * 1024 * 1024

/** For how long the answer to a request with an Idempotency-Key is kept, in hours. */
export const onceHours = 24
