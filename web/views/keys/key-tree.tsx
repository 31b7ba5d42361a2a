export function KeyTree(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>KeyTree</h1>
    </div>
  )
}
