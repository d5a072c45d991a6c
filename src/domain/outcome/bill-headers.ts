/**
 * The headers that carry the bill of a result. Only the result has them: FAL's webhooks and statuses have no units.
 */
import { decimalText, readDecimal } from '../decimal.ts'

export interface BilledUnits {
  /** FAL's count in units of the bare price, as decimal text; null when FAL did not report it. */
  billableUnits: string | null
  /** The endpoint that FAL charges, when it is not the one that was called. */
  billedAs: string | null
}

export const noBilledUnits: BilledUnits = { billableUnits: null, billedAs: null }

const endpointId = /^[\w.-]+(?:\/[\w.-]+)+$/
const idAtMost = 300

/**
 * Header names in lower case. Units of an endpoint whose name cannot be read are no use: such headers are ignored.
 */
export function billedUnitsOf(headers: Readonly<Record<string, string>>): BilledUnits {
  const units = readDecimal(headers['x-fal-billable-units'] ?? '')
  if (units === null) return noBilledUnits
  const billedAs = headers['x-fal-bill-as']?.trim() ?? ''
  if (billedAs === '') return { billableUnits: decimalText(units), billedAs: null }
  if (billedAs.length > idAtMost || !endpointId.test(billedAs)) return noBilledUnits
  return { billableUnits: decimalText(units), billedAs }
}
