-- Accepts one notification: once per id, at a dense offset of the channel's log, and published, in one atomic step.
-- Log order and wire order are the same, since nothing runs between the two.
--
-- KEYS  log, meta, once: of one channel, in one cluster slot
-- ARGV  channel, id, data, durable (1 or 0), time_ms, expires_ms (0: never), epoch for a new log,
--       entries kept, seconds a log is kept without a new entry, seconds an id is remembered, PUBLISH or SPUBLISH,
--       what the header line says behind the id (nothing, mostly), run_id of this server (-: not known)
-- Gives {epoch, offset, repeated}; epoch '-' and offset '0' for what is not durable.
--
-- An epoch is 16 hex digits: 10 name the log, 4 count how often another server took over, 2 are random. Another server may
-- lack what the one before had accepted last (a replica that was behind, a restart that lost the end of the file), and
-- gives its offsets again. So it begins a new epoch, and `ends` remembers up to where each earlier one counts: what was
-- beyond is lost, and whoever had it can be told.
--
-- The first command that writes is one that Redis refuses when it is out of memory, read-only or short of replicas, and
-- the one that can meet a foreign key (XADD) comes before the offset is counted up: a refusal leaves no hole behind.

local log, meta, once = KEYS[1], KEYS[2], KEYS[3]
local channel, id, data, durable, time, expires = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', ARGV[5], ARGV[6]
local new_epoch, max_entries, max_age, window = ARGV[7], ARGV[8], tonumber(ARGV[9]), ARGV[10]
local publish, marks, run = ARGV[11], ARGV[12], ARGV[13]
local max_ends = 16

local first = redis.call('GET', once)
if first then
  local epoch, offset = string.match(first, '^(%S+) (%d+)$')
  return {epoch, offset, 1}
end

-- The epoch after this one; a new log's, should 65,535 takeovers not be enough.
local function next_epoch(epoch)
  local fork = tonumber(string.sub(epoch, 11, 14), 16) + 1
  if fork > 65535 then return new_epoch end
  return string.sub(epoch, 1, 10) .. string.format('%04x', fork) .. string.sub(new_epoch, 15, 16)
end

local function add_end(ends, epoch, offset)
  local all = {}
  for each in string.gmatch(ends or '', '%S+') do all[#all + 1] = each end
  all[#all + 1] = epoch .. ':' .. offset
  return table.concat(all, ' ', math.max(1, #all - max_ends + 1))
end

local epoch, offset, ends = '-', '0', nil
if durable then
  local head = redis.call('HMGET', meta, 'epoch', 'offset', 'run')
  epoch, offset = head[1], head[2] or '0'
  if not epoch then
    -- The meta key was lost (evicted, deleted): offsets begin anew, so what is left of the log must go.
    redis.call('HSET', meta, 'epoch', new_epoch)
    redis.call('DEL', log)
    epoch, offset = new_epoch, '0'
  elseif head[3] and head[3] ~= run and run ~= '-' then
    ends = add_end(redis.call('HGET', meta, 'ends'), epoch, offset)
    epoch = next_epoch(epoch)
  end
  offset = string.format('%.0f', tonumber(offset) + 1)
end

local payload = table.concat({'herald1', epoch, offset, time, expires, id}, ' ') .. marks .. '\n' .. data

if durable then
  -- Trimmed exactly: with `~` Redis keeps up to a node of 100 entries more, which is many times a small limit.
  redis.call('XADD', log, 'MAXLEN', '=', max_entries, offset .. '-0', 'm', payload)
  redis.call('HSET', meta, 'epoch', epoch, 'offset', offset, 'id', id)
  if run ~= '-' then redis.call('HSET', meta, 'run', run) end
  if ends then redis.call('HSET', meta, 'ends', ends) end
  redis.call('EXPIRE', log, max_age)
  -- Epoch and offset outlive the entries: who comes back after a quiet time is told that nothing was missed.
  redis.call('EXPIRE', meta, max_age * 2)
end
redis.call('SET', once, epoch .. ' ' .. offset, 'EX', window)
redis.call(publish, channel, payload)
return {epoch, offset, 0}
