export function TicketView(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>TicketView</h1>
    </div>
  )
}
