/**
 * Where people set a password by a link. The secret stands behind the `#`, which no server is sent; and whether it makes the first admin,
 * so that the page asks at once who that is to be.
 */
export function linkUrl(url: string, secret: string, isForFirst = false): string {
  return `${url.replace(/\/$/u, '')}/#link=${secret}${isForFirst ? '&first' : ''}`
}
