// openid-client, used as its documentation tells to. Everything beyond the credentials comes from discovery.
import * as client from 'openid-client'
import { privateKey } from './keys.mjs'

const METHODS = {
  client_secret_basic: ({ secret }) => client.ClientSecretBasic(secret),
  client_secret_post: ({ secret }) => client.ClientSecretPost(secret),
  client_secret_jwt: ({ secret }) => client.ClientSecretJwt(secret),
  private_key_jwt: ({ key }) => client.PrivateKeyJwt(privateKey(key)),
  none: () => client.None(),
}
// The server under test speaks http on the loopback; signatures are checked although TLS would do (OIDC Core §3.1.3.7).
const EXECUTE = [client.allowInsecureRequests, client.enableNonRepudiationChecks]

/** Take up a client that an operator made. */
export async function connect(issuer, given) {
  const method = METHODS[given.method ?? 'client_secret_basic'](given)
  return new Client(await client.discovery(issuer, given.client_id, given.metadata, method, { execute: EXECUTE }), given)
}

/** Register a client with an initial access token (RFC 7591). */
export async function register(issuer, given) {
  const options = { initialAccessToken: given.token, execute: EXECUTE }
  // Without a secret given, the one that was registered is used; the library's own choice would be client_secret_post.
  const method = METHODS[given.method ?? 'client_secret_basic'](given)
  const config = await client.dynamicClientRegistration(issuer, given.metadata, method, options)
  return new Client(config, given)
}

class Client {
  constructor(config, given) {
    this.config = config
    this.given = given
    this.registered = config.clientMetadata()
    this.id = this.registered.client_id
  }

  metadata() {
    return this.config.serverMetadata()
  }

  async dpop() {
    if (!this.given.dpop) return {}
    this.key ??= await client.randomDPoPKeyPair(this.given.dpop)
    this.proof ??= client.getDPoPHandle(this.config, this.key)
    return { DPoP: this.proof }
  }

  async start({ parameters, par, jar, pkce = true }) {
    const pending = { state: client.randomState(), nonce: client.randomNonce() }
    if (pkce) pending.verifier = client.randomPKCECodeVerifier()
    const proof = pkce && {
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    }
    const asked = { ...parameters, state: pending.state, nonce: pending.nonce, ...proof }
    return { pending, url: await this.#url(asked, par, jar) }
  }

  async #url(asked, par, jar) {
    if (!jar) return par ? await client.buildAuthorizationUrlWithPAR(this.config, asked, await this.dpop()) : client.buildAuthorizationUrl(this.config, asked)
    const url = await client.buildAuthorizationUrlWithJAR(this.config, asked, privateKey(jar))
    return par ? await client.buildAuthorizationUrlWithPAR(this.config, url.searchParams, await this.dpop()) : url
  }

  async finish(seen, pending) {
    const checks = {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    }
    return told(await client.authorizationCodeGrant(this.config, seen, checks, undefined, await this.dpop()))
  }

  async userinfo({ access_token, claims }) {
    return await client.fetchUserInfo(this.config, access_token, claims.sub, await this.dpop())
  }

  async refresh({ refresh_token }, parameters) {
    return told(await client.refreshTokenGrant(this.config, refresh_token, parameters, await this.dpop()))
  }

  async introspect({ token }) {
    return await client.tokenIntrospection(this.config, token)
  }

  async revoke({ token }) {
    await client.tokenRevocation(this.config, token)
  }

  async machine({ parameters }) {
    return told(await client.clientCredentialsGrant(this.config, parameters, await this.dpop()))
  }

  /** Ask for a device code, and poll for its tokens from now on; `let_in` waits for them. */
  async device({ parameters }) {
    const asked = await client.initiateDeviceAuthorization(this.config, parameters)
    this.polling = client.pollDeviceAuthorizationGrant(this.config, asked, undefined, await this.dpop())
    this.polling.catch(() => {})
    return asked
  }

  async let_in() {
    return told(await this.polling)
  }

  async fetch({ token, url, method = 'GET', body, headers = {} }) {
    const answer = await client.fetchProtectedResource(this.config, token, new URL(url), method, body && JSON.stringify(body), new Headers(headers), await this.dpop())
    const text = await answer.text()
    return { status: answer.status, body: text && JSON.parse(text) }
  }

  signOutUrl(parameters) {
    return client.buildEndSessionUrl(this.config, parameters)
  }
}

function told(tokens) {
  return { ...tokens, claims: tokens.claims() }
}
