-- Sends the signed requests of a file, one after the other or at random; each is a whole HTTP request.
-- Arguments: FILE MODE, where the file holds requests, each led by its length on a line of its own.
local requests = {}
local at = 0
local random = false

function init(args)
  random = args[2] == "random"
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
    file:read("*l")
  end
  file:close()
  math.randomseed(42)
end

function request()
  if random then return requests[math.random(#requests)] end
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, calls)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
