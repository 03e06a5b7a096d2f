// Sites that sign people in with a client library, driven by the test that started this process: one JSON order a
// line on stdin, one JSON answer a line on stdout. It ends when stdin does.
import { createInterface } from 'node:readline'
import * as oauth from 'oauth4webapi'
import { makeKey } from './keys.mjs'
import { Site } from './site.mjs'
import { serve } from './web.mjs'

const sites = new Map()
const base = await serve(sites)

// What can be ordered that is no site's business.
const orders = {
  keys: ({ alg }) => makeKey(alg),
  open: ({ library, issuer, given }) => {
    const name = `s${sites.size}`
    const site = new Site(name, `${base}/${name}`, library, issuer, given)
    sites.set(name, site)
    return { name, url: site.url, callback: site.callback, bye: `${site.url}/bye`, backchannel: `${site.url}/backchannel` }
  },
}

// What a developer would see on their screen, in parts a test can look at.
function refusal(error) {
  const { name, code, message, status, cause } = error
  const inner = cause instanceof Error && cause.name !== 'Error' ? refusal(cause) : undefined
  const challenges = Array.isArray(cause) ? cause : undefined
  const known = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError
  const told = known ? { error: error.error, description: error.error_description } : {}
  return { name, code, message, status, ...told, challenges, inner }
}

// Of a 401 with a challenge the libraries read no body; a developer who looks finds it in the error.
async function unread(response) {
  return response && !response.bodyUsed ? await response.json().catch(() => undefined) : undefined
}

async function answer({ site, order, ...given }) {
  try {
    const done = site ? await sites.get(site).do(order, given) : await orders[order](given)
    return { done: done ?? null }
  } catch (error) {
    return { refused: { ...refusal(error), body: await unread(error.response) }, stack: error.stack }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))))
}
process.exit(0)
