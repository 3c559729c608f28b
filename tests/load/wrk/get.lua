-- GET of the targets in OAM_BENCH_TARGETS, one a line: a path, and a tab and an ETag to ask with where there is one.
-- All are written out before the clock starts, so that driving costs little beside what is driven.
local answers = dofile(os.getenv("OAM_BENCH_LUA") .. "/answers.lua")
local requests, at = {}, 0

function init()
  local token = os.getenv("OAM_BENCH_TOKEN")
  for line in io.lines(os.getenv("OAM_BENCH_TARGETS")) do
    local path, etag = line:match("^([^\t]+)\t?(.*)$")
    local headers = {}
    if token then headers["Authorization"] = "Bearer " .. token end
    if etag ~= "" then headers["If-None-Match"] = etag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

done = answers.report
