-- One request, repeated by wrk: the arguments are its method, its body, and the bearer tokens that it comes with in
-- turns, if any. Prints what was answered as one line of JSON.
local threads = {}
local requests, sent = {}, 0
answered = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = args[2]
  end
  for place = 3, #args do
    wrk.headers["Authorization"] = "Bearer " .. args[place]
    table.insert(requests, wrk.format())
  end
  if #requests == 0 then
    table.insert(requests, wrk.format())
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

function response(status)
  answered[status] = (answered[status] or 0) + 1
end

function done(summary, latency)
  local statuses = {}
  for status, count in pairs(threads[1]:get("answered")) do
    table.insert(statuses, string.format('"%d": %d', status, count))
  end
  -- wrk takes an answer that came while the clock was set back for one that took too long: its timeouts are left out.
  local errors = summary.errors
  io.write(string.format('{"seconds": %f, "p95_ms": %f, "most_ms": %f, "lost": %d, "statuses": {%s}}\n',
    summary.duration / 1e6, latency:percentile(95) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write, table.concat(statuses, ", ")))
end
