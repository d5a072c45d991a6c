/** The network of an address, as far as one sender usually controls it: what limits by address count by. */
import ipaddr from 'ipaddr.js'

/** One IPv6 client usually controls a whole /64. */
export function networkOf(ip: string): string {
  if (!ipaddr.IPv6.isValid(ip)) return ip
  const address = ipaddr.IPv6.parse(ip)
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.parts.slice(0, 4).join(':')
}
