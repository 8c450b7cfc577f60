-- Writes down that a log lost messages that were accepted: another server has taken over that never had them. A new epoch
-- begins at once, so that whoever goes on from an earlier one comes to its end, and is told; who is connected hears of it:
-- herald1-lost, the epoch that lost something, the end of the one that was current, the one that begins, all losses known.
--
-- KEYS  meta, of one channel
-- ARGV  epoch and offset of a message that was accepted, epoch for a new log, seconds to keep the meta key,
--       channel, PUBLISH or SPUBLISH, run_id of this server (-: not known)
-- Gives 1 if it is lost and that was not known, else 0.

local meta = KEYS[1]
local epoch, offset, new_epoch, age = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local channel, publish, run = ARGV[5], ARGV[6], ARGV[7]
local max_marks = 16

local head = redis.call('HMGET', meta, 'epoch', 'offset', 'ends', 'lost')

local current, ends = head[1] or epoch, head[3]

-- 10 digits name the log, 4 count the takeovers.
local function name_of(text) return string.sub(text, 1, 10) end
local function fork_of(text) return tonumber(string.sub(text, 11, 14), 16) end

-- Up to where its epoch counts here. Where nothing is left of the log, it has ended before its first entry: there is none now, or one
-- of another name.
local last = current == epoch and (head[2] or '0') or string.match(ends or '', epoch .. ':(%d+)')
local is_gone = not last and name_of(current) ~= name_of(epoch)
if is_gone then
  last = '0'
elseif not last then
  -- An epoch of this log that this server never knew: two took over one after the other. It began where one ended that is known.
  local parent = nil
  for each in string.gmatch(ends or '', '(%x+):%d+') do
    if name_of(each) == name_of(epoch) and fork_of(each) < fork_of(epoch) then parent = each end
  end
  if fork_of(current) < fork_of(epoch) then parent = current end
  if not parent then return 0 end
  epoch, last = parent, '0'
end
if offset <= tonumber(last) then return 0 end

-- The list of `epoch:offset` with one at its end; nothing if it holds as much already.
local function with(list, which, at)
  local all = {}
  for each, upto in string.gmatch(list or '', '(%x+):(%d+)') do
    if each ~= which then
      all[#all + 1] = each .. ':' .. upto
    elseif tonumber(at) <= tonumber(upto) then
      return nil
    end
  end
  all[#all + 1] = which .. ':' .. at
  return table.concat(all, ' ', math.max(1, #all - max_marks + 1))
end

local lost = with(head[4], epoch, ARGV[2])
if not lost then return 0 end

local upto, begun = head[2] or '0', current
if is_gone then
  redis.call('HSET', meta, 'ends', epoch .. ':0' .. (ends and ' ' .. ends or ''))
else
  -- Whoever has read an epoch that began since, up to here, was not told either.
  if current ~= epoch then lost = with(lost, current, upto) or lost end
  -- As publish.lua begins an epoch: the last 2 digits are random.
  begun = name_of(current) .. string.format('%04x', math.min(fork_of(current) + 1, 65535)) .. string.sub(new_epoch, 15, 16)
  redis.call('HSET', meta, 'epoch', begun, 'offset', upto, 'ends', with(ends, current, upto) or ends)
  if run ~= '-' then redis.call('HSET', meta, 'run', run) end
end
redis.call('HSET', meta, 'lost', lost)
redis.call('EXPIRE', meta, age)
redis.call(publish, channel, table.concat({'herald1-lost', epoch, current .. ':' .. upto, begun, lost}, ' '))
return 1
