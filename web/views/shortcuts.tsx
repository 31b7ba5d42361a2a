export function Shortcuts(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>Shortcuts</h1>
    </div>
  )
}
