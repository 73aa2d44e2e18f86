-- Lays a line into the inbox of the other side.
-- Atomic because: nothing may be said into a conversation that is over.
-- KEYS: 1 the conversation (hash), 2 the inbox (list)
-- ARGV: 1 the line, 2 lines kept at most, 3 TTL (s)
-- Returns 1, or 0 when the conversation is over or unknown. TTL of the inbox: starts anew.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended_by') == 1 then
  return 0
end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[2]), -1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
