/**
 * The part of the front page where people sign in: with a password, or by a link that sets it. The secret of a link stands behind the `#`,
 * so no server is sent it in a URL; the page takes it from there at once, so that it stays in no history.
 */

/** What the front page holds; hidden until the script knows what is to be shown. */
export const signInForm = `<form id="sign-in" hidden>
<h2>Sign in</h2>
<p hidden id="by-link">This link sets your password. At least 12 characters.</p>
<p><label id="handle">Handle<br><input name="user" autocomplete="username" maxlength="100"></label>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password" maxlength="1024" required></label>
<p><button>Sign in</button>
</form>
<p id="told" role="status"></p>
<p><button id="out" hidden>Sign out</button>
`

/** What it runs. */
export const signInScript = `const find = (id) => document.getElementById(id)
const [form, told, out, handle, byLink] = ['sign-in', 'told', 'out', 'handle', 'by-link'].map(find)
const { user, password } = form.elements
let secret = null
const takeLink = () => {
  secret = new URLSearchParams(location.hash.slice(1)).get('link') ?? secret
  if (location.hash !== '') history.replaceState(null, '', location.pathname)
}
takeLink()

const ask = async (method, path, body) => {
  const json = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(path, { method, ...json })
  const text = await answer.text()
  return { ok: answer.ok, said: text === '' ? {} : JSON.parse(text) }
}

const show = (me) => {
  form.hidden = true
  out.hidden = false
  told.textContent = 'You are signed in as ' + me.user + ' (' + me.role + ').'
}

const showForm = (isLink, asksHandle) => {
  form.hidden = false
  out.hidden = true
  byLink.hidden = !isLink
  handle.hidden = !asksHandle
  user.required = asksHandle
  password.autocomplete = isLink ? 'new-password' : 'current-password'
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const isLink = !byLink.hidden
  const sent = { password: password.value, ...(!handle.hidden && { [isLink ? 'handle' : 'user']: user.value }) }
  told.textContent = ''
  try {
    const { ok, said } = isLink
      ? await ask('POST', '/v1/sign-in-links/use', { secret, ...sent })
      : await ask('POST', '/v1/sessions', sent)
    if (ok) {
      secret = null
      form.reset()
      show(said)
      return
    }
    if (isLink && said.code === 'link_ended') {
      secret = null
      showForm(false, true)
    }
    // A link that makes the first admin asks whom.
    if (isLink && said.errors?.some(({ pointer }) => pointer === '/handle')) showForm(true, true)
    told.textContent = said.errors?.[0]?.detail ?? said.detail
  } catch {
    told.textContent = 'The desk did not answer. Try again.'
  }
})

out.addEventListener('click', async () => {
  const { said } = await ask('GET', '/v1/sessions')
  const current = said.sessions?.find(({ current }) => current)
  if (current !== undefined) await ask('DELETE', '/v1/sessions/' + current.id)
  told.textContent = ''
  showForm(false, true)
})

const start = async () => {
  const [{ said: me }, { said: settings }] = await Promise.all([ask('GET', '/v1/me'), ask('GET', '/v1/settings')])
  if (secret !== null) showForm(true, false)
  else if (me.user !== null) show(me)
  else if (settings.access === 'closed') showForm(false, true)
  const example = document.querySelector('pre')
  if (settings.access === 'closed' && !example.textContent.includes('Bearer')) {
    example.textContent = example.textContent.replace(' -X POST', ' -X POST -H "Authorization: Bearer $ETCDESK_TOKEN"')
  }
}
// A link that is written behind the address of a page that stands loads nothing anew.
addEventListener('hashchange', () => {
  takeLink()
  void start()
})
void start()
`
