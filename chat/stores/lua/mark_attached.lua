-- Notes that a side's media socket has come.
-- Atomic because: a record that has just expired must not come back as a fragment.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 the side (a or b)
-- Returns 1, or 0 for an unknown conversation. TTL: unchanged.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'attached_' .. ARGV[1], '1')
return 1
