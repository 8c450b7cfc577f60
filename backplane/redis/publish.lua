-- Accepts one notification: once per id, at a dense offset of the channel's log, and published, in one atomic step.
-- Log order and wire order are the same, since nothing runs between the two.
--
-- KEYS  log, meta, once: of one channel, in one cluster slot
-- ARGV  channel, id, data, durable (1 or 0), time_ms, expires_ms (0: never), epoch for a new log,
--       entries kept, seconds a log is kept without a new entry, seconds an id is remembered
-- Gives {epoch, offset, repeated}; epoch '-' and offset '0' for what is not durable.
--
-- The first command that writes is one that Redis refuses when it is out of memory, read-only or short of replicas, and
-- the one that can meet a foreign key (XADD) comes before the offset is counted up: a refusal leaves no hole behind.

local log, meta, once = KEYS[1], KEYS[2], KEYS[3]
local channel, id, data, durable, time, expires = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', ARGV[5], ARGV[6]
local new_epoch, max_entries, max_age, window = ARGV[7], ARGV[8], tonumber(ARGV[9]), ARGV[10]

local first = redis.call('GET', once)
if first then
  local epoch, offset = string.match(first, '^(%S+) (%d+)$')
  return {epoch, offset, 1}
end

local epoch, offset = '-', '0'
if durable then
  local head = redis.call('HMGET', meta, 'epoch', 'offset')
  epoch, offset = head[1], head[2] or '0'
  if not epoch then
    -- The meta key was lost (evicted, deleted): offsets begin anew, so what is left of the log must go.
    redis.call('HSET', meta, 'epoch', new_epoch)
    redis.call('DEL', log)
    epoch, offset = new_epoch, '0'
  end
  offset = string.format('%.0f', tonumber(offset) + 1)
end

local payload = table.concat({'herald1', epoch, offset, time, expires, id}, ' ') .. '\n' .. data

if durable then
  -- Trimmed exactly: with `~` Redis keeps up to a node of 100 entries more, which is many times a small limit.
  redis.call('XADD', log, 'MAXLEN', '=', max_entries, offset .. '-0', 'm', payload)
  redis.call('HSET', meta, 'offset', offset)
  redis.call('EXPIRE', log, max_age)
  -- Epoch and offset outlive the entries: who comes back after a quiet time is told that nothing was missed.
  redis.call('EXPIRE', meta, max_age * 2)
end
redis.call('SET', once, epoch .. ' ' .. offset, 'EX', window)
redis.call('PUBLISH', channel, payload)
return {epoch, offset, 0}
