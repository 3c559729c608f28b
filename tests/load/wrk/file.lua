-- Files a request for a random town, each under a key of its own.
local answers = dofile(os.getenv("OAM_BENCH_LUA") .. "/answers.lua")
local towns, headers, run, count = {}, {}, os.getenv("OAM_BENCH_RUN"), 0

function init()
  for town in io.lines(os.getenv("OAM_BENCH_TARGETS")) do towns[#towns + 1] = town end
  headers["Authorization"] = "Bearer " .. os.getenv("OAM_BENCH_TOKEN")
  headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  headers["Idempotency-Key"] = "bench-" .. run .. "-" .. count
  return wrk.format("POST", "/api/v1/requests", headers, '{"service":"GOV-01","body":"' .. towns[math.random(#towns)]
    .. '","title":"Informe jurídic ' .. count .. '","description":"Cal un informe sobre la modificació del reglament '
    .. 'orgànic municipal abans del proper ple.","submit":true}')
end

done = answers.report
