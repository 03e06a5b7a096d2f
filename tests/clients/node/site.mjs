// One client site: pages for a browser, orders for the test. The protocol is entirely the library's.
import { randomBytes } from 'node:crypto'
import { checkLogoutToken } from './logout_token.mjs'
import * as oauth4webapi from './with_oauth4webapi.mjs'
import * as openidClient from './with_openid_client.mjs'

const LIBRARIES = { 'openid-client': openidClient, oauth4webapi }
const SCOPE = 'openid profile email offline_access'

export class Site {
  constructor(name, url, library, issuer, given = {}) {
    this.name = name
    this.url = url
    this.callback = `${url}/callback`
    this.library = LIBRARIES[library]
    this.issuer = new URL(issuer)
    // What its developer decided: parameters, key, par, jar, dpop, hold (keep the code for a later order)…
    this.given = { ...given, parameters: { redirect_uri: this.callback, scope: SCOPE, ...given.parameters } }
    this.visitors = new Map()
    this.notices = []
  }

  // Orders of the test.

  async do(order, given) {
    switch (order) {
      case 'connect':
        this.client = await this.library.connect(this.issuer, { ...this.given, ...given })
        return
      case 'register':
        this.client = await this.library.register(this.issuer, { ...this.given, ...given })
        return
      case 'registered_as':
        return this.client.registered
      case 'brought':
        return this.brought
      case 'let_in':
        return this.keep(await this.client.let_in())
      case 'held':
        return this.keep(await this.client.finish(this.held.seen, { ...this.held.pending, ...given }))
      case 'heard':
        return this.notices
      case 'sign_out_url':
        return this.client.signOutUrl({ ...given, ...(this.brought && { id_token_hint: this.brought.id_token }) }).href
      case 'refresh':
        return this.keep(await this.client.refresh(this.brought, given.parameters))
      case 'try_refresh':
        return await this.client.refresh(given)
      case 'ask_for':
        return void Object.assign(this.given.parameters, given)
      case 'userinfo':
        return await this.client.userinfo(this.brought)
      default:
        return await this.client[order](given)
    }
  }

  async metadata() {
    return this.client.metadata()
  }

  // Pages.

  async visit(action, request) {
    switch (action) {
      case '':
        return page(`<p>${this.greeting(request)}</p><a href="/${this.name}/login">Sign in</a>`)
      case 'login':
        return await this.login()
      case 'callback':
        return await this.answer(request)
      case 'bye':
        return page(`Goodbye ${new URL(request.url).searchParams.get('state')}`)
      case 'backchannel':
        return await this.notice(request)
      default:
        return page('nothing here', 404)
    }
  }

  greeting(request) {
    const subject = this.visitors.get(this.visitor(request))?.subject
    return subject ? `Hello ${subject}` : 'Hello stranger'
  }

  // Localhost shares its cookies between ports and sites: each site's has a name of its own.
  visitor(request) {
    return new RegExp(`(?:^|; )${this.name}=([^;]+)`).exec(request.headers.get('cookie') ?? '')?.[1]
  }

  async login() {
    const visitor = randomBytes(16).toString('hex')
    const { url, pending } = await this.client.start(this.given)
    this.visitors.set(visitor, { pending })
    return redirect(url.href, { 'set-cookie': `${this.name}=${visitor}; Path=/${this.name}; HttpOnly` })
  }

  async answer(request) {
    const visitor = this.visitors.get(this.visitor(request))
    if (!visitor?.pending) return page('This sign-in was not begun here.', 400)
    const { pending } = visitor
    delete visitor.pending
    const seen = request.method === 'POST' ? request : new URL(request.url)
    if (this.given.hold) {
      this.held = { seen, pending }
      return page('The code is kept.')
    }
    try {
      visitor.subject = (await this.keep(await this.client.finish(seen, pending))).claims?.sub ?? 'somebody'
    } catch (error) {
      return page(`Sign-in failed: ${error.error ?? error.code}: ${error.error_description ?? error.message}`, 400)
    }
    return redirect(this.url + '/')
  }

  keep(tokens) {
    // A refresh need not bring an ID token: the claims of the last one stand.
    this.brought = { ...this.brought, ...tokens, claims: tokens.claims ?? this.brought?.claims }
    return tokens
  }

  async notice(request) {
    const token = new URLSearchParams(await request.text()).get('logout_token')
    try {
      const algorithms = [this.given.metadata?.id_token_signed_response_alg ?? 'RS256']
      this.notices.push(await checkLogoutToken(token, this.client.metadata(), this.client.id, algorithms))
    } catch (error) {
      this.notices.push({ refused: error.message })
      return new Response(null, { status: 400 })
    }
    return new Response(null, { status: 200 })
  }
}

function page(body, status = 200) {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  return new Response(`<!doctype html><title>A site</title>${body}`, { status, headers })
}

function redirect(location, headers = {}) {
  return new Response(null, { status: 303, headers: { location, ...headers } })
}
