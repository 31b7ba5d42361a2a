/**
 * Tells systemd that the server is ready, where a unit with `Type=notify` started it: what is ordered after the unit then finds
 * the doors open, and `systemctl start` says in its exit code whether that was reached.
 *
 * systemd listens on a datagram socket of the Unix kind, which Node can't send to: its own `systemd-notify` does.
 */
import { spawn } from 'node:child_process'

/** Does nothing where systemd does not ask. A server that can't tell serves all the same; systemd says that it waited in vain. */
export function tellSystemd(env: Readonly<Record<string, string | undefined>>): void {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return
  spawn('systemd-notify', ['--ready'], { stdio: 'ignore', env })
    .on('error', () => {})
    .unref()
}
