// The web server all sites share, and the sites' own API that takes access tokens of the server under test.
import { createServer } from 'node:http'
import * as oauth from 'oauth4webapi'

/** Serve the sites on a free port of the loopback; returns the address. */
export async function serve(sites) {
  const server = createServer(async (incoming, outgoing) => {
    try {
      await send(outgoing, await route(sites, await asRequest(incoming)))
    } catch (error) {
      await send(outgoing, new Response(String(error.stack), { status: 500 }))
    }
  })
  await new Promise((ready) => server.listen(0, 'localhost', ready))
  return `http://localhost:${server.address().port}`
}

async function asRequest(incoming) {
  const parts = []
  for await (const part of incoming) parts.push(part)
  const body = parts.length ? Buffer.concat(parts) : undefined
  const headers = new Headers(incoming.headers)
  return new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method, headers, body })
}

async function send(outgoing, response) {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(Buffer.from(await response.arrayBuffer()))
}

async function route(sites, request) {
  const [, name, action = ''] = new URL(request.url).pathname.split('/')
  const site = sites.get(name)
  if (!site) return new Response('no such site', { status: 404 })
  return action === 'api' ? await api(site, request) : await site.visit(action, request)
}

// An API of the site's own: it knows the server's metadata, and nothing else of it (RFC 9068, RFC 9449 §7.1).
async function api(site, request) {
  try {
    const options = { [oauth.allowInsecureRequests]: true }
    const claims = await oauth.validateJwtAccessToken(await site.metadata(), request, `${site.url}/api`, options)
    return Response.json(claims)
  } catch (error) {
    return Response.json({ message: error.message, cause: String(error.cause) }, { status: 401 })
  }
}
