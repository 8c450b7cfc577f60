-- Keeps how far a device has got in one channel, unless it was further already.
--
-- KEYS  the device's positions: a hash of channel to cursor
-- ARGV  channel, cursor (epoch.offset.tag), seconds to keep it, run_id of this server (not used)
-- Gives 1 if it was kept, 0 if what is known is as far or further.

local positions = KEYS[1]
local channel, cursor, age = ARGV[1], ARGV[2], ARGV[3]

-- An epoch begins with the log's name (10 digits), then counts the takeovers (4 digits).
local function parts_of(text)
  local epoch, offset = string.match(text or '', '^(%x+)%.(%d+)%.%x+$')
  if not epoch then return nil end
  epoch = string.rep('0', 16 - #epoch) .. epoch
  return string.sub(epoch, 1, 10), tonumber(string.sub(epoch, 11, 14), 16), tonumber(offset)
end

local log, fork, offset = parts_of(cursor)
local old_log, old_fork, old_offset = parts_of(redis.call('HGET', positions, channel) or nil)
local is_further = not log or log ~= old_log or fork > old_fork or (fork == old_fork and offset > old_offset)
if is_further then redis.call('HSET', positions, channel, cursor) end
redis.call('EXPIRE', positions, age)
return is_further and 1 or 0
