/** Wires authentication: keys, job tokens, and the caches and throttles of key look-ups. */
import { type AuthenticateDeps, makeAuthenticate } from '../http/access/authenticate.ts'
import { createJobTokens } from '../http/access/job-token.ts'
import { createKeyUsage } from '../http/access/key-usage.ts'
import { makeIsLiveKey } from '../http/access/live-key-cache.ts'
import { createWrongKeyThrottle } from '../http/access/wrong-key-throttle.ts'
import { createKeyAdmin, type KeyAdminDeps } from '../infra/postgres/clients/key-admin.ts'
import { makeCreateKey } from '../jobs/accounts/create-key.ts'
import type { KeyStore } from '../ports/keys.ts'
import type { Logger } from '../ports/logger.ts'

export type AccessDeps = KeyAdminDeps &
  Pick<AuthenticateDeps, 'signals'> & {
    keys: Pick<KeyStore, 'findByHash' | 'findById'>
    log: Logger
    onWrongKey: () => void
    /** Shared by all replicas. */
    secret: string
  }

export type Access = ReturnType<typeof createAccess>

export function createAccess(deps: AccessDeps) {
  const { clock, log } = deps
  const keyAdmin = createKeyAdmin(deps)
  const usage = createKeyUsage({ keys: keyAdmin, clock, log })
  const wrongKeys = createWrongKeyThrottle({ clock, log, onWrong: deps.onWrongKey })
  return {
    keyAdmin,
    usage,
    wrongKeys,
    createKey: makeCreateKey({ keys: keyAdmin, clock }),
    jobTokens: createJobTokens({ secret: deps.secret, now: clock.now }),
    isLiveKey: makeIsLiveKey({ keys: deps.keys, signals: deps.signals, clock }),
    authenticate: makeAuthenticate({ keys: deps.keys, signals: deps.signals, usage, wrongKeys, clock }),
  }
}
