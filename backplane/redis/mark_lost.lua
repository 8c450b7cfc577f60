-- Writes down that a log lost messages that were accepted: another server has taken over that never had them. Whoever was
-- away when they were lost can be told by this alone; whoever is connected is told at once.
--
-- KEYS  meta, of one channel
-- ARGV  epoch and offset of a message that was accepted, channel, PUBLISH or SPUBLISH, run_id of this server (not used)
-- Gives 1 if it is lost and that was not known, else 0.

local meta = KEYS[1]
local epoch, offset, channel, publish = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local max_marks = 16

local head = redis.call('HMGET', meta, 'epoch', 'offset', 'ends', 'lost')
if not head[1] then return 0 end

-- Up to where this epoch counts.
local last = head[1] == epoch and head[2] or string.match(head[3] or '', epoch .. ':(%d+)')
if not last or offset <= tonumber(last) then return 0 end

local marks = {}
for marked, upto in string.gmatch(head[4] or '', '(%x+):(%d+)') do
  if marked ~= epoch then
    marks[#marks + 1] = marked .. ':' .. upto
  elseif offset <= tonumber(upto) then
    return 0
  end
end
marks[#marks + 1] = epoch .. ':' .. ARGV[2]
redis.call('HSET', meta, 'lost', table.concat(marks, ' ', math.max(1, #marks - max_marks + 1)))
redis.call(publish, channel, 'herald1-lost ' .. epoch)
return 1
