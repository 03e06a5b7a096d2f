-- Sends the requests of a file one after another. What an answer leads to goes first: a code to its token, a token to
-- userinfo, a value to /api/user. WHAT selects the load.
local env = os.getenv
local what = env("WHAT")

local requests, follow = {}, {}
do
  local file = assert(io.open(env("REQUESTS"), "rb"))
  for one in file:read("*a"):gmatch("[^\1]+") do
    local request, leads_to = one:match("^([^\2]+)\2([^\2]+)$")
    requests[#requests + 1] = request or one
    follow[#requests] = leads_to
  end
  file:close()
end

-- What answers led to, first in, first out.
local put, take = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "../values.lua")

local function text(lines) return table.concat(lines, "\r\n") end
local function get(path, header) return text({ "GET " .. path .. " HTTP/1.1", "Host: localhost", header, "", "" }) end
local function post(body, basic)
  return text({
    "POST /oauth2/token HTTP/1.1", "Host: localhost", "Content-Type: application/x-www-form-urlencoded",
    "Content-Length: " .. #body, basic, "", body,
  })
end

local at = 0
local function draw()
  at = at % #requests + 1
  return at
end

local function plain() return requests[draw()] end
local function chain()
  local led = take()
  if led then return led end
  local number = draw()
  return (requests[number]:gsub("{state}", number))
end
request = (what == "code_flow" or what == "simple_flow") and chain or plain

-- Reading answers is the most expensive work for wrk, so it reads them only if they lead to something.
if what == "code_flow" then
  function response(_, headers, body)
    local location = headers["location"]
    if location then
      local code, state = location:match("code=([^&]+)"), tonumber(location:match("state=(%d+)"))
      if not code then return end
      local body = "grant_type=authorization_code&code=" .. code .. "&redirect_uri=" .. env("CALLBACK")
      put(post(body .. "&code_verifier=" .. env("VERIFIER"), follow[state]))
    else
      local token = body:match('"access_token":"([^"]+)"')
      if token then put(get("/oauth2/userinfo", "Authorization: Bearer " .. token)) end
    end
  end
elseif what == "simple_flow" then
  function response(_, headers)
    local location = headers["location"]
    local code = location and location:match("code=([^&]+)")
    if not code then return end
    local credentials = follow[tonumber(location:match("state=(%d+)"))]
    put(get("/api/user?oauth_token=" .. code .. "&" .. credentials, "Accept: */*"))
  end
end
