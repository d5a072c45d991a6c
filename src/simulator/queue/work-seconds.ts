/**
 * The work time of a request in simulated seconds: by the kind of its model, varied by its input, prolonged by a
 * fault.
 */

import type { Json } from '../base/json.ts'
import { seedOf } from '../base/random.ts'
import type { RequestFaults } from '../faults/request-faults.ts'
import { findModel, genericModel } from '../models/catalogue.ts'
import { checkInput } from '../models/check-input.ts'
import type { SimulatorSettings } from '../world/settings.ts'

/** A request whose input the model refuses does no work. */
const refusedSeconds = 0.1

export function workSeconds(
  settings: SimulatorSettings,
  request: { endpointId: string; input: Json; inputText: string; faults: RequestFaults },
): number {
  const listed = findModel(request.endpointId)
  if (listed && checkInput(listed, request.input).length > 0) return refusedSeconds
  const kind = (listed ?? genericModel(request.endpointId))?.kind
  const extra = request.faults.strike('slow') ? request.faults.number('slow') : 0
  const share = (seedOf(request.inputText) % 1000) / 1000
  switch (kind) {
    case 'video':
      return settings.videoSeconds + share * settings.videoSpreadSeconds + extra
    case 'audio':
      return settings.audioSeconds + extra
    default:
      return settings.imageSeconds + extra
  }
}
