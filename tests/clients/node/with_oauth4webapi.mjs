// oauth4webapi, used as its examples tell to: each request and each check by hand, nothing skipped.
import { createHash } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { privateKey } from './keys.mjs'

// The server under test speaks http on the loopback.
const PLAIN = { [oauth.allowInsecureRequests]: true }
const METHODS = {
  client_secret_basic: ({ secret }) => oauth.ClientSecretBasic(secret),
  client_secret_post: ({ secret }) => oauth.ClientSecretPost(secret),
  client_secret_jwt: ({ secret }) => oauth.ClientSecretJwt(secret),
  private_key_jwt: ({ key }) => oauth.PrivateKeyJwt(privateKey(key)),
  none: () => oauth.None(),
}

/** Take up a client that an operator made. */
export async function connect(issuer, given) {
  return new Client(await discover(issuer), { client_id: given.client_id, ...given.metadata }, given)
}

/** Register a client with an initial access token (RFC 7591). */
export async function register(issuer, given) {
  const as = await discover(issuer)
  const options = { ...PLAIN, initialAccessToken: given.token }
  const answer = await oauth.dynamicClientRegistrationRequest(as, given.metadata, options)
  const client = await oauth.processDynamicClientRegistrationResponse(answer)
  return new Client(as, client, { ...given, method: client.token_endpoint_auth_method, secret: client.client_secret })
}

async function discover(issuer) {
  return await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, PLAIN))
}

class Client {
  constructor(as, client, given) {
    this.as = as
    this.client = client
    this.given = given
    this.registered = client
    this.id = client.client_id
    this.auth = METHODS[given.method ?? 'client_secret_basic'](given)
  }

  metadata() {
    return this.as
  }

  /** Send a request and read its answer; once more when the server names a DPoP nonce (RFC 9449 §8). */
  async #ask(request, read) {
    if (this.given.dpop) {
      this.proof ??= oauth.DPoP(this.client, await oauth.generateKeyPair(this.given.dpop))
    }
    const options = { ...PLAIN, DPoP: this.proof }
    try {
      return await read(await request(options))
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      return await read(await request(options))
    }
  }

  /** Ask the token endpoint; an ID token in the answer is checked to its signature. */
  async #tokens(request, process) {
    const { as, client } = this
    const tokens = await this.#ask(request, async (response) => {
      const read = await process(response)
      if (read.id_token) await oauth.validateApplicationLevelSignature(as, response, PLAIN)
      return read
    })
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    if (claims?.at_hash) checkHash(tokens)
    return { ...tokens, claims }
  }

  async start({ parameters, par, jar, pkce = true }) {
    const { as, client, auth } = this
    const pending = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), parameters }
    let asked = new URLSearchParams({ client_id: this.id, response_type: 'code', ...parameters })
    asked.set('state', pending.state)
    asked.set('nonce', pending.nonce)
    if (pkce) {
      pending.verifier = oauth.generateRandomCodeVerifier()
      asked.set('code_challenge', await oauth.calculatePKCECodeChallenge(pending.verifier))
      asked.set('code_challenge_method', 'S256')
    }
    if (jar) {
      const request = await oauth.issueRequestObject(as, client, asked, privateKey(jar))
      asked = new URLSearchParams({ client_id: this.id, request })
    }
    if (par) {
      const { request_uri } = await this.#ask(
        (options) => oauth.pushedAuthorizationRequest(as, client, auth, asked, options),
        (response) => oauth.processPushedAuthorizationResponse(as, client, response),
      )
      asked = new URLSearchParams({ client_id: this.id, request_uri })
    }
    return { url: new URL(`${as.authorization_endpoint}?${asked}`), pending }
  }

  async finish(seen, pending) {
    const { as, client, auth } = this
    const parameters = seen instanceof URL ? seen : new URLSearchParams(await seen.text())
    const answered = oauth.validateAuthResponse(as, client, parameters, pending.state)
    const verifier = pending.verifier ?? oauth.nopkce
    const redirectUri = pending.parameters.redirect_uri
    return await this.#tokens(
      (options) => oauth.authorizationCodeGrantRequest(as, client, auth, answered, redirectUri, verifier, options),
      (response) => oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: pending.nonce, requireIdToken: true }),
    )
  }

  async userinfo({ access_token, claims }) {
    const { as, client } = this
    return await this.#ask(
      (options) => oauth.userInfoRequest(as, client, access_token, options),
      async (response) => {
        const told = await oauth.processUserInfoResponse(as, client, claims.sub, response)
        if (response.headers.get('content-type') === 'application/jwt') await oauth.validateApplicationLevelSignature(as, response, PLAIN)
        return told
      },
    )
  }

  async refresh({ refresh_token }, additionalParameters) {
    const { as, client, auth } = this
    return await this.#tokens(
      (options) => oauth.refreshTokenGrantRequest(as, client, auth, refresh_token, { ...options, additionalParameters }),
      (response) => oauth.processRefreshTokenResponse(as, client, response),
    )
  }

  async introspect({ token }) {
    const answer = await oauth.introspectionRequest(this.as, this.client, this.auth, token, PLAIN)
    return await oauth.processIntrospectionResponse(this.as, this.client, answer)
  }

  async revoke({ token }) {
    await oauth.processRevocationResponse(await oauth.revocationRequest(this.as, this.client, this.auth, token, PLAIN))
  }

  async machine({ parameters = {} }) {
    const { as, client, auth } = this
    return await this.#tokens(
      (options) => oauth.clientCredentialsGrantRequest(as, client, auth, parameters, options),
      (response) => oauth.processClientCredentialsResponse(as, client, response),
    )
  }

  async device({ parameters }) {
    const { as, client, auth } = this
    const answer = await oauth.deviceAuthorizationRequest(as, client, auth, parameters, PLAIN)
    this.asked = await oauth.processDeviceAuthorizationResponse(as, client, answer)
    return this.asked
  }

  /** Poll once. */
  async let_in() {
    const { as, client, auth, asked } = this
    return await this.#tokens(
      (options) => oauth.deviceCodeGrantRequest(as, client, auth, asked.device_code, options),
      (response) => oauth.processDeviceCodeResponse(as, client, response),
    )
  }

  async fetch({ token, url, method = 'GET', body, headers = {} }) {
    return await this.#ask(
      (options) => oauth.protectedResourceRequest(token, method, new URL(url), new Headers(headers), body && JSON.stringify(body), options),
      async (response) => {
        const text = await response.text()
        return { status: response.status, body: text && JSON.parse(text) }
      },
    )
  }

  signOutUrl(parameters) {
    return new URL(`${this.as.end_session_endpoint}?${new URLSearchParams({ client_id: this.id, ...parameters })}`)
  }
}

// OIDC Core §3.1.3.8: the library leaves at_hash to its user.
function checkHash({ id_token, access_token }) {
  const [header, claims] = id_token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')))
  const whole = createHash(header.alg === 'EdDSA' ? 'sha512' : 'sha256').update(access_token).digest()
  const half = whole.subarray(0, whole.length / 2).toString('base64url')
  if (half !== claims.at_hash) throw new Error(`at_hash is ${claims.at_hash}, not ${half}`)
}
