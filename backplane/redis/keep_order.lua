-- Keeps an order to every node until it ends, and tells the nodes.
--
-- KEYS  the orders: a sorted set, by the Unix time at which each ends
-- ARGV  order, when it ends (Unix seconds), now (Unix seconds), most orders to keep, channel, PUBLISH or SPUBLISH, message,
--       run_id of this server (not used)
-- Gives 1 if it was kept and said, 0 if there are too many: then nothing was done.

local orders = KEYS[1]
local order, ends, now, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local channel, publish, message = ARGV[5], ARGV[6], ARGV[7]

redis.call('ZREMRANGEBYSCORE', orders, '-inf', now)
if redis.call('ZCARD', orders) >= most then return 0 end
redis.call('ZADD', orders, 'GT', ends, order)
local last = redis.call('ZREVRANGE', orders, 0, 0, 'WITHSCORES')
redis.call('EXPIRE', orders, tonumber(last[2]) - tonumber(now))
redis.call(publish, channel, message)
return 1
