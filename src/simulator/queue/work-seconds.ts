/** How long a request works, in simulated seconds: by the kind of its model, spread by its input, stretched by a fault. */

import type { RequestFaults } from '../faults/request-faults.ts'
import { findModel, genericModel } from '../models/catalogue.ts'
import { seedOf } from '../random.ts'
import type { SimulatorSettings } from '../settings.ts'

export function workSeconds(
  settings: SimulatorSettings,
  request: { endpointId: string; inputText: string; faults: RequestFaults },
): number {
  const kind = (findModel(request.endpointId) ?? genericModel(request.endpointId))?.kind
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
