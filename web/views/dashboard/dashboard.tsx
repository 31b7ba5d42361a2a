export function Dashboard(_: { route?: unknown }) {
  return (
    <div class="nil">
      <h1>Dashboard</h1>
    </div>
  )
}
