-- Asks for every file of some schools in turn, and notes what each answer was and when it came.
-- wrk ... -s embargo.lua URL -- FILE-OF-REQUESTS FILE-OF-FIGURES; each line of the first is "path cookie".
local ffi = require('ffi')
ffi.cdef [[ typedef struct { long sec; long nsec; } moment; int clock_gettime(int, moment *); ]]
local now = ffi.new('moment')

local function unix()
  ffi.C.clock_gettime(0, now)
  return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

local asked = {}
local turn = 0
function init(args)
  figures = args[2]
  refused, given, other, bodies = 0, 0, 0, 0
  first_given, last_refused = 0, 0
  for line in io.lines(args[1]) do
    local path, cookie = line:match('^(%S+) (.+)$')
    table.insert(asked, wrk.format('GET', path, { cookie = cookie, range = 'bytes=0-0' }))
  end
end

function request()
  turn = turn % #asked + 1
  return asked[turn]
end

function response(status, headers, body)
  if status == 303 then
    refused = refused + 1
    last_refused = unix()
    if #body > 0 then bodies = bodies + 1 end
  elseif status == 206 or status == 200 then
    given = given + 1
    if first_given == 0 then first_given = unix() end
  else
    other = other + 1
  end
end

function done()
  local thread = threads[1]
  local file = io.open(thread:get('figures'), 'w')
  local function line(name)
    file:write(string.format('%s %.6f\n', name, thread:get(name)))
  end
  for _, name in ipairs({ 'refused', 'given', 'other', 'bodies', 'first_given', 'last_refused' }) do line(name) end
  file:close()
end
