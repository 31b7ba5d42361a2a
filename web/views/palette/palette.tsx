export function Palette(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>Palette</h1>
    </div>
  )
}
