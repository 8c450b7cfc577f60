-- Reads a piece of a channel's log, with what is needed to tell whether anything is missing before it, as of one moment.
--
-- KEYS  log, meta: of one channel, in one cluster slot
-- ARGV  the offset after which to read, entries at most, bytes at most (one entry is read in any case),
--       run_id of this server (-: not known)
-- Gives {epoch, offset, id, ends, first, id_there, taken_over, lost, entries}: what meta says of the log's end (nil where there is no log),
-- the stream id of the first entry that is kept (nil where none is), the message id of the entry at the offset itself (nil where
-- it is not kept), 1 if another server than this one has written last (so what it had beyond the end is lost), the epochs beyond whose ends
-- messages are known to be lost, and entries as a flat list of stream ids and payloads.

local log, meta = KEYS[1], KEYS[2]
local after, max_entries, max_bytes, run = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local step, most_step = 4, 64  -- at a time: what is fetched and not used is the server's work too

local head = redis.call('HMGET', meta, 'epoch', 'offset', 'id', 'ends', 'run', 'lost')

-- The payload may be in any field, should somebody else have written it: it is the first one.
local function payload_of(entry) return entry[2][2] end

-- A message's id, from its header line.
local function message_id(payload) return string.match(payload, '^herald1 %S+ %S+ %S+ %S+ (%S+)[^\n]*\n') end

local function next_id(offset) return string.format('%.0f', tonumber(offset) + 1) .. '-0' end

local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local at = after ~= '0' and redis.call('XRANGE', log, after .. '-0', after .. '-0')[1]

local entries, count, bytes, from = {}, 0, 0, next_id(after)
while first and count < max_entries do
  local some = redis.call('XRANGE', log, from, '+', 'COUNT', math.min(step, max_entries - count))
  for _, entry in ipairs(some) do
    local payload = payload_of(entry)
    bytes = bytes + #payload
    if count > 0 and bytes > max_bytes then
      some = {}
      break
    end
    count = count + 1
    entries[#entries + 1] = entry[1]
    entries[#entries + 1] = payload
    from = next_id(string.match(entry[1], '^%d+'))
  end
  if #some == 0 then break end
  step = math.min(2 * step, most_step)
end

-- A nil would end the list.
local first_id, id_there = first and first[1] or false, at and message_id(payload_of(at)) or false
local taken_over = head[5] and run ~= '-' and head[5] ~= run and 1 or 0
return {head[1], head[2], head[3], head[4], first_id, id_there, taken_over, head[6], entries}
