/** Lists that come page by page. Nothing is read before it is asked for, and whoever stops early has read no further. */

/** What all pages have. */
export interface PageEnd {
  /** The cursor of the next page; null behind the last. */
  readonly next: string | null
}

/** Where a walk begins and in how large steps it goes. */
export interface WalkOptions {
  /** How many are asked for at once, 1 to 200. */
  readonly limit?: number
  /** Where to go on: the `next` of a page. */
  readonly cursor?: string
}

/** All pages from a cursor on. */
export async function* pagesFrom<Page extends PageEnd>(
  cursor: string | undefined,
  read: (cursor: string | undefined) => Promise<Page>,
): AsyncGenerator<Page, void> {
  let next: string | null | undefined = cursor
  do {
    const page: Page = await read(next)
    yield page
    next = page.next
  } while (next !== null)
}

/** What is on the pages, one by one. */
export async function* itemsOf<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOn: (page: Page) => Iterable<Item>,
): AsyncGenerator<Item, void> {
  for await (const page of pages) yield* itemsOn(page)
}
