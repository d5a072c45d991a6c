/** The image's health check, a program of its own: asks `/healthz` of the HOST and PORT that it is given, and ends with 0 or 1. It loads nothing else. */

const [host = '', port = '3000'] = process.argv.slice(2)

const answer = await fetch(`http://${nameOf(host)}:${port}/healthz`).catch(() => null)
process.exitCode = answer?.ok === true ? 0 : 1

/** What listens on every address answers on the loopback one. */
function nameOf(address: string): string {
  if (address === '' || address === '0.0.0.0') return '127.0.0.1'
  if (address === '::' || address === '[::]') return '[::1]'
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}
