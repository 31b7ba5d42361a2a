export function Board(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>Board</h1>
    </div>
  )
}
