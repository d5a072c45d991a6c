/** Distinguishes public addresses from all others, so that requests cannot be aimed at internal hosts. */
import ipaddr from 'ipaddr.js'

/** False for anything private, local, reserved or malformed, also when an IPv6 form (mapped, NAT64) hides such an IPv4. */
export function isPublicAddress(ip: string): boolean {
  // A zone ("%eth0") only has meaning on a local link.
  if (ip.includes('%') || !isPlainAddress(ip)) return false
  const address = ipaddr.parse(ip)
  return address instanceof ipaddr.IPv4 ? isPublicV4(address) : isPublicV6(address)
}

/** Azure's platform endpoint: internal to every Azure machine, although it is a public address. */
const azurePlatform = '168.63.129.16'

const isPlainAddress = (ip: string): boolean =>
  ipaddr.IPv6.isValid(ip) || ipaddr.IPv4.isValidFourPartDecimal(ip)

const isPublicV4 = (address: ipaddr.IPv4): boolean =>
  address.range() === 'unicast' && address.toString() !== azurePlatform

const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]
const translated: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96]

function isPublicV6(address: ipaddr.IPv6): boolean {
  if (address.isIPv4MappedAddress()) return isPublicV4(address.toIPv4Address())
  // NAT64: on IPv6-only networks every public IPv4 host looks like this.
  if (address.match(translated)) return isPublicV4(new ipaddr.IPv4(address.toByteArray().slice(12)))
  return address.match(globalUnicast) && address.range() === 'unicast'
}
