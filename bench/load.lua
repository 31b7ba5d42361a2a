-- Load for wrk: requests made from two templates, and the result as one line of JSON.
-- Arguments: METHOD PATH CONTENT_TYPE BODY HIGHEST SEED [AUTHORIZATION]. In PATH and BODY `{n}` becomes a random number from 1 to HIGHEST
-- and `{id}` the same number with 20 digits. The requests are made before the clock runs, so that they cost nothing then.
local REQUESTS = 10000
local requests, next_request = {}, 0

function init(args)
  local method, path, content_type, body, highest, seed, authorization = unpack(args)
  math.randomseed(tonumber(seed))
  local headers = {}
  if content_type ~= "" then headers["Content-Type"] = content_type end
  if authorization then headers["Authorization"] = authorization end
  local varies = path:find("{", 1, true) or body:find("{n", 1, true) or body:find("{id", 1, true)
  for place = 1, varies and REQUESTS or 1 do
    local number = math.random(tonumber(highest))
    local values = { ["{n}"] = string.format("%d", number), ["{id}"] = string.format("%020d", number) }
    local fill = function(template) return (template:gsub("{%a+}", values)) end
    requests[place] = wrk.format(method, fill(path), headers, body ~= "" and fill(body) or nil)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50Ms":%.4f,"p99Ms":%.4f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout
  ))
end
