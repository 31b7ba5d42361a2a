export function Settings(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>Settings</h1>
    </div>
  )
}
