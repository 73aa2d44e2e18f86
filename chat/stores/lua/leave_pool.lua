-- Ends a search; safe to run twice, and before the search was heard of.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 the pool's waiting (sorted set), 2 the seeker (hash)
-- ARGV: 1 participant, 2 epoch of the search, 3 lease (s)
-- Returns the conversation when the search had led to one already, else ''.
-- A newer search of the same participant stays. What was sent for this one before it was left,
-- and comes later, finds it left: a seeker who is no longer there must not wait for anybody.
-- TTL: the lease, after which nothing of the search can still be under way.
local found = redis.call('HMGET', KEYS[2], 'epoch', 'state', 'conversation')
if found[1] and tonumber(found[1]) > tonumber(ARGV[2]) then
  return ''
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'epoch', ARGV[2], 'state', 'left')
redis.call('EXPIRE', KEYS[2], ARGV[3])
if found[2] == 'paired' and tonumber(found[1]) == tonumber(ARGV[2]) then
  return found[3]
end
return ''
