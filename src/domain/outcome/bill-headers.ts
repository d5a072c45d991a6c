/** The headers by which a result tells its bill. Only the result has them: FAL's webhooks and statuses tell no units. */
import { decimalText, readDecimal } from '../decimal.ts'

export interface ToldUnits {
  /** FAL's count in units of the bare price, as decimal text; null when it was not told. */
  billableUnits: string | null
  /** The endpoint that FAL charges, when it is not the one that was called. */
  billedAs: string | null
}

export const nothingTold: ToldUnits = { billableUnits: null, billedAs: null }

const endpointId = /^[\w.-]+(?:\/[\w.-]+)+$/
const idAtMost = 300

/** Header names in lower case. Units of an endpoint whose name cannot be read are no use: nothing was told then. */
export function unitsToldBy(headers: Readonly<Record<string, string>>): ToldUnits {
  const units = readDecimal(headers['x-fal-billable-units'] ?? '')
  if (units === null) return nothingTold
  const billedAs = headers['x-fal-bill-as']?.trim() ?? ''
  if (billedAs === '') return { billableUnits: decimalText(units), billedAs: null }
  if (billedAs.length > idAtMost || !endpointId.test(billedAs)) return nothingTold
  return { billableUnits: decimalText(units), billedAs }
}
