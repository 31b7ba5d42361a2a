/** Where people set a password by a link. The secret stands behind the `#`, which no server is sent. */
export function linkUrl(url: string, secret: string): string {
  return `${url.replace(/\/$/u, '')}/#link=${secret}`
}
