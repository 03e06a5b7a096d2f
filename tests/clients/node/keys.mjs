// Keys of the sites: the private half stays in this process, the test gets what is registered with the server.
import { exportJWK } from 'jose'
import { generateKeyPair } from 'oauth4webapi'

const kept = new Map()

/** Make a key pair for one algorithm; returns its id and the JWK set to register. */
export async function makeKey(alg) {
  const pair = await generateKeyPair(alg, { extractable: false })
  const kid = `key-${kept.size}`
  kept.set(kid, pair)
  return { kid, jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' }] } }
}

/** Return the private key under an id, as both libraries take it. */
export function privateKey(kid) {
  return { key: kept.get(kid).privateKey, kid }
}
