-- Says that a side's control socket is there, and asks about the other one.
-- Atomic because: a conversation that is over or has expired must not come back to life.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 side, 2 socket, 3 now (Unix ms), 4 how long a socket counts as there without a sign (ms)
-- Returns {'unknown'} for a conversation or a seat that Redis has lost, {'over'} for one that has ended,
-- {'elsewhere'} when another socket of the
-- same side sits there, else {'live', since when the other is gone or '', whether it ever came}.
-- TTL: unchanged.
local side, now = ARGV[1], tonumber(ARGV[3])
local other = side == 'a' and 'b' or 'a'
local found = redis.call('HMGET', KEYS[1], 'started_ms', 'ended_by', 'socket_' .. side,
  'absent_' .. other, 'seen_' .. other)
if found[2] then
  return {'over'}
end
-- The other side may have restored the conversation already, and not this seat.
if not found[1] or not found[3] then
  return {'unknown'}
end
if found[3] ~= ARGV[2] then
  return {'elsewhere'}
end
redis.call('HSET', KEYS[1], 'seen_' .. side, now)
if not found[5] then
  return {'live', found[1], '0'}
end
if found[4] then
  return {'live', found[4], '1'}
end
local stale_since = tonumber(found[5]) + tonumber(ARGV[4])
return {'live', now >= stale_since and tostring(stale_since) or '', '1'}
