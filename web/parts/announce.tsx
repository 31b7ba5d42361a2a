/**
 * What others did, said to who hears the page. It waits until nothing has been written for a while, so that nobody is talked to in the
 * middle of a word; who sees the page is shown it at once, beside.
 */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const PAUSE_MS = 3000

export function Announce({ text }: { text: string }) {
  const said = useSignal('')
  useEffect(() => {
    said.value = ''
    if (text === '') return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const wait = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => (said.value = text), PAUSE_MS)
    }
    wait()
    addEventListener('input', wait, true)
    return () => {
      clearTimeout(timer)
      removeEventListener('input', wait, true)
    }
  }, [text])
  return (
    <p class="sr" role="status">
      {said.value}
    </p>
  )
}
