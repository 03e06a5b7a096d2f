// A logout token, checked as OpenID Connect Back-Channel Logout 1.0 §2.6 tells a relying party to.
import { createRemoteJWKSet, jwtVerify } from 'jose'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Check a logout token; returns its header and claims, or throws. */
export async function checkLogoutToken(token, metadata, clientId, algorithms) {
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: clientId,
    typ: 'logout+jwt',
    algorithms,
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
  })
  const events = Object.keys(payload.events)
  if (events.length !== 1 || events[0] !== EVENT) throw new Error(`events are ${JSON.stringify(payload.events)}`)
  if (!payload.sub && !payload.sid) throw new Error('neither sub nor sid')
  if ('nonce' in payload) throw new Error('a logout token has no nonce')
  return { header: protectedHeader, claims: payload }
}
