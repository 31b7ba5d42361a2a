/**
 * The page lets no text become a script: browsers that know Trusted Types refuse it. The one thing that needs a word is the worker, whose
 * address is this page's own file.
 */
declare global {
  // Not every browser has it.
  var trustedTypes:
    | {
        createPolicy(
          name: string,
          rules: { createScriptURL: (url: string) => string },
        ): { createScriptURL: (url: string) => string }
      }
    | undefined
}

const policy = globalThis.trustedTypes?.createPolicy('desk', {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin)
      throw new TypeError('Scripts come from this desk alone.')
    return url
  },
})

/** The address of a script of this page, as the browser wants it. */
export function scriptUrl(url: URL): string | URL {
  return policy?.createScriptURL(url.href) ?? url
}
