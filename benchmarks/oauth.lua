-- The requests of clients of the full protocol. WHAT selects the load. All other values come from the
-- environment, so that the same script loads the floor and the product.
local env = os.getenv
local form = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Authorization"] = env("BASIC") }
local bearer = { ["Authorization"] = "Bearer " .. env("ACCESS") }
local callback = "&redirect_uri=" .. env("CALLBACK")

-- Values of an answer that the next request needs: codes, access tokens, refresh tokens.
local put, take = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "values.lua")

local function post(path, body) return wrk.format("POST", path, form, body) end
local plain = {}

local function code_flow()
  local value = take()
  if value == nil then return plain.authorize end
  if value:sub(1, 3) == "oc_" then
    local verifier = callback .. "&code_verifier=" .. env("VERIFIER")
    return post("/oauth2/token", "grant_type=authorization_code&code=" .. value .. verifier)
  end
  return wrk.format("GET", "/oauth2/userinfo", { ["Authorization"] = "Bearer " .. value })
end

local function refresh()
  local value = take()
  return value and post("/oauth2/token", "grant_type=refresh_token&refresh_token=" .. value) or plain.jwks
end

local turn = 0
local function documents()
  turn = turn + 1
  return turn % 2 == 0 and plain.jwks or plain.metadata
end

function init()
  plain.client_credentials = post("/oauth2/token", "grant_type=client_credentials&scope=identify")
  plain.userinfo = wrk.format("GET", "/oauth2/userinfo", bearer)
  plain.introspection = post("/oauth2/introspect", "token=" .. env("ACCESS"))
  plain.authorize = wrk.format("GET", "/oauth2/authorize?" .. env("ASK") .. callback, { ["Cookie"] = env("COOKIE") })
  plain.jwks = wrk.format("GET", "/oauth2/jwks", {})
  plain.metadata = wrk.format("GET", "/.well-known/openid-configuration", {})
  if env("WHAT") == "refresh" then
    for token in env("REFRESH"):gmatch("%S+") do put(token) end
  end
end

local moving = { code_flow = code_flow, refresh = refresh, documents = documents }
local next_one = moving[env("WHAT")]
function request()
  if next_one then return next_one() end
  return plain[env("WHAT")]
end

-- Reading answers is the most expensive work for wrk, so it reads them only if the next request needs them.
if env("WHAT") == "code_flow" then
  function response(_, headers, body)
    local location = headers["location"]
    if location then
      put(location:match("code=([^&]+)"))
    else
      put(body:match('"access_token":"([^"]+)"'))
    end
  end
elseif env("WHAT") == "refresh" then
  function response(_, _, body)
    put(body:match('"refresh_token":"([^"]+)"'))
  end
end
