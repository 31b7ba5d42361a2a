/** How this browser shows the desk, and as whom it acts where nobody signs in. */
import { forNobody, userItems } from '../../parts/pickers.js'
import { access, actingAs } from '../../state/desk.js'
import { dialog } from '../../state/dialogs.js'
import { me } from '../../state/identity.js'
import { density, hasSingleKeys, theme } from '../../state/preferences.js'
import { words } from '../../words/words.js'
import { Check, FieldSet, PickField, Radios } from './fields-of-form.js'

export function Preferences() {
  const { preference: text } = words.settings
  const { user = null, role = null } = me.value ?? {}
  return (
    <>
      <header class="set__head">
        <div>
          <h1>{words.settings.parts.preferences}</h1>
          <p>{words.settings.texts.preferences}</p>
        </div>
      </header>
      <div class="prefs">
        {access.value === 'open' ? (
          <PickField
            label={text.as}
            value={actingAs.value ?? ''}
            items={[{ value: '', name: words.common.nobody }, ...userItems()]}
            {...forNobody()}
            hint={text.asText}
            onPick={(value) => (actingAs.value = value === '' ? null : value)}
          />
        ) : (
          user !== null &&
          role !== null && (
            <div class="field">
              <span class="field__label">{text.account}</span>
              <p>{text.accountText(user, role)}</p>
            </div>
          )
        )}
        <FieldSet label={text.theme}>
          <Radios
            name="theme"
            value={theme.value}
            items={[
              ['system', text.themes.system],
              ['light', text.themes.light],
              ['dark', text.themes.dark],
            ]}
            onPick={(value) => (theme.value = value)}
          />
        </FieldSet>
        <FieldSet label={text.density}>
          <Radios
            name="density"
            value={density.value}
            items={[
              ['normal', text.densities.normal],
              ['compact', text.densities.compact],
            ]}
            onPick={(value) => (density.value = value)}
          />
        </FieldSet>
        <FieldSet label={text.keys}>
          <Check isOn={hasSingleKeys.value} onChange={(isOn) => (hasSingleKeys.value = isOn)}>
            {text.keysText}
          </Check>
          <div>
            <button type="button" class="btn" onClick={() => (dialog.value = 'shortcuts')}>
              {text.shortcuts} <kbd>?</kbd>
            </button>
          </div>
        </FieldSet>
      </div>
    </>
  )
}
