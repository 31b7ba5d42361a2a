/** All keys of the page, as `?` shows them. */
import { Fragment } from 'preact'
import { IconButton } from '../parts/clickable.js'
import { Dialog } from '../parts/dialog.js'
import { closeDialog } from '../state/dialogs.js'
import { modName } from '../state/keyboard.js'
import { hasSingleKeys } from '../state/preferences.js'
import { words } from '../words/words.js'

const { shortcuts } = words

/** Which sets stand below each other. */
const columns = [shortcuts.sets.slice(0, 2), shortcuts.sets.slice(2, 4), shortcuts.sets.slice(4)]

export function Shortcuts() {
  return (
    <Dialog label={shortcuts.title} class="help" onClose={closeDialog}>
      <div class="help__head">
        <h2>{shortcuts.title}</h2>
        <span>{hasSingleKeys.value ? shortcuts.text(modName) : shortcuts.off}</span>
        <IconButton icon="x" label={words.common.close} onClick={closeDialog} />
      </div>
      <div class="help__cols">
        {columns.map((sets) => (
          <div key={sets[0]?.name}>
            {sets.map(({ name, keys }) => (
              <section key={name}>
                <h3>{name}</h3>
                <dl>
                  {keys.map(([what, combination]) => (
                    <div key={what}>
                      <dt>{what}</dt>
                      <dd>
                        <Combination text={combination} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        ))}
      </div>
    </Dialog>
  )
}

/** `G M` is one after the other, `J|↓` either, `⇧ Z` together. */
function Combination({ text }: { text: string }) {
  return (
    <>
      {text.split('|').map((one, at) => (
        <Fragment key={one}>
          {at > 0 && ` ${shortcuts.or} `}
          {one.split(' ').map((key, place) => (
            <Fragment key={key}>
              {place > 0 && one.startsWith('G ') && ` ${shortcuts.andThen} `}
              <kbd>{key === 'Mod' ? modName : key}</kbd>
            </Fragment>
          ))}
        </Fragment>
      ))}
    </>
  )
}
