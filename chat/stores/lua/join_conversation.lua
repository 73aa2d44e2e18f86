-- Seats one side's control socket in a new conversation.
-- Atomic because: a conversation that is over or has expired must not come back to life.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 side, 2 socket, 3 hash of the resume key, 4 now (Unix ms), 5 TTL (s)
-- Returns 0 when it is over or unknown, 1, or 2 when the other side is there already.
-- TTL: starts anew.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended_by') == 1 then
  return 0
end
local side = ARGV[1]
redis.call('HSET', KEYS[1], 'socket_' .. side, ARGV[2], 'key_' .. side, ARGV[3],
  'seen_' .. side, ARGV[4])
redis.call('HDEL', KEYS[1], 'absent_' .. side)
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1 + redis.call('HEXISTS', KEYS[1], 'seen_' .. (side == 'a' and 'b' or 'a'))
