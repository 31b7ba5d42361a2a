/**
 * What a page of Swagger UI lacks. Its colours are those of the desk's own pages: what this browser keeps for them, else the system's. The
 * table of errors stands behind the paths: it is a copy, since what Swagger UI has drawn is not to be moved. What the `type` of a problem
 * names (`/docs#not_found`) is a row of it; Swagger UI puts a stroke before the name, as it has before operations.
 *
 * Examples of the document speak of a desk that has been used for long. Of a parameter that may be left out the example is shown, not
 * filled in, so that what is tried first succeeds on any desk.
 */
export const docsScript = `const isSystemDark = matchMedia('(prefers-color-scheme: dark)')
function keptTheme() {
  try {
    return JSON.parse(localStorage.getItem('etcdesk.theme'))
  } catch {
    return null
  }
}
function showTheme() {
  const kept = keptTheme()
  const isDark = kept === 'dark' || (kept !== 'light' && isSystemDark.matches)
  document.documentElement.classList.toggle('dark-mode', isDark)
  document.documentElement.classList.toggle('light-mode', !isDark)
}
function showErrors() {
  const table = document.querySelector('.info table')
  const room = document.querySelector('#errors .renderedMarkdown')
  if (table !== null && room.childElementCount === 0) room.append(table.cloneNode(true))
  for (const code of room.querySelectorAll('td:first-child code')) {
    const parts = code.textContent.split(/(?<=_)/)
    code.replaceChildren(...parts.flatMap((part) => [part, document.createElement('wbr')]))
  }
  document.documentElement.classList.toggle('has-errors', room.childElementCount > 0)
  document.getElementById('errors').hidden = room.childElementCount === 0
  showError()
}
function showError() {
  const name = location.hash.replace('#', '').replace('/', '')
  if (name === 'errors') document.getElementById(name).scrollIntoView()
  const codes = [...document.querySelectorAll('#errors td:first-child code')]
  const row = codes.find(({ textContent }) => textContent === name)?.closest('tr')
  for (const other of document.querySelectorAll('#errors tr.is-meant')) other.classList.toggle('is-meant', other === row)
  row?.classList.add('is-meant')
  row?.scrollIntoView({ block: 'center' })
}
/** Shows an example behind what is said of a parameter, also where a request is being tried. */
function withExampleInWords(parameter) {
  const example = parameter.get('example')
  if (example === undefined) return parameter
  return parameter.delete('example').set('description', parameter.get('description') + '\\n\\n*Example*: \`' + example + '\`')
}
function emptyUnlessRequired(Row, { React }) {
  return function ParameterRow({ param, specSelectors, ...others }) {
    if (param.get('required')) return React.createElement(Row, { param, specSelectors, ...others })
    const parameterWithMetaByIdentity = (...which) =>
      specSelectors.parameterWithMetaByIdentity(...which)?.delete('example').deleteIn(['schema', 'default'])
    return React.createElement(Row, {
      param: withExampleInWords(param),
      specSelectors: { ...specSelectors, parameterWithMetaByIdentity },
      ...others,
    })
  }
}
showTheme()
isSystemDark.addEventListener('change', showTheme)
addEventListener('storage', showTheme)
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#docs',
    validatorUrl: null,
    deepLinking: true,
    docExpansion: 'list',
    plugins: [{ wrapComponents: { parameterRow: emptyUnlessRequired } }],
    onComplete: showErrors,
  })
  window.addEventListener('hashchange', showError)
})
`
