-- Takes the requests of OAM_BENCH_TARGETS, each once: a second time would be refused, and counts as failed.
local answers = dofile(os.getenv("OAM_BENCH_LUA") .. "/answers.lua")
local refs, headers, run, count = {}, {}, os.getenv("OAM_BENCH_RUN"), 0

function init()
  for ref in io.lines(os.getenv("OAM_BENCH_TARGETS")) do refs[#refs + 1] = ref end
  headers["Authorization"] = "Bearer " .. os.getenv("OAM_BENCH_TOKEN")
  headers["Content-Type"] = "application/json"
  headers["If-Match"] = '"v2"'
end

function request()
  count = count + 1
  headers["Idempotency-Key"] = "bench-" .. run .. "-" .. count
  return wrk.format("POST", "/api/v1/requests/" .. refs[(count - 1) % #refs + 1] .. "/transitions", headers, '{"event":"take"}')
end

done = answers.report
