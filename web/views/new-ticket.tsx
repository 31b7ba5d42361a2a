export function NewTicket(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>NewTicket</h1>
    </div>
  )
}
