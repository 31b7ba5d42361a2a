/** Tells a password manager whose password a form sets, where the form does not ask: nobody sees or hears it. */
export function ForManagers({ handle }: { handle: string }) {
  return (
    <input
      class="sr"
      type="text"
      name="username"
      autocomplete="username"
      value={handle}
      tabIndex={-1}
      aria-hidden="true"
      readOnly
    />
  )
}
