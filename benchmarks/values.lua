-- Values of answers that a next request needs (codes, tokens), first in, first out: `local put, take = dofile(…)`.
local queue, first, last = {}, 1, 0

local function put(value)
  if value == nil then return end
  last = last + 1
  queue[last] = value
end

local function take()
  if first > last then return nil end
  local value = queue[first]
  queue[first] = nil
  first = first + 1
  return value
end

return put, take
