-- Run requests for wrk: ids in turn, from the file that the environment names.
local paths = {}
for task in io.lines(os.getenv("BENCH_IDS")) do
  paths[#paths + 1] = "/v2/tasks/" .. task .. "/actions/run"
end
local headers = { ["X-SBG-Auth-Token"] = os.getenv("SB_AUTH_TOKEN"), ["Content-Type"] = "application/json" }
local turn = 0
request = function()
  turn = turn % #paths + 1
  return wrk.format("POST", paths[turn], headers, "{}")
end
