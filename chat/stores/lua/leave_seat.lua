-- Notes that a side's control socket has gone.
-- Atomic because: when a newer socket has resumed already, the older one's end says nothing.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 side, 2 socket, 3 now (Unix ms)
-- Returns 1, or 0 when another socket sits there or the conversation is over. TTL: unchanged.
local found = redis.call('HMGET', KEYS[1], 'socket_' .. ARGV[1], 'ended_by')
if found[1] ~= ARGV[2] or found[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'absent_' .. ARGV[1], ARGV[3])
return 1
