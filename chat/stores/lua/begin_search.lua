-- Numbers a new search, and remembers how far the participant is trusted until the next.
-- Atomic because: the two go together in one round trip.
-- KEYS: 1 the session (hash)
-- ARGV: 1 level
-- Returns the number. TTL: unchanged.
redis.call('HSET', KEYS[1], 'level', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'epoch', 1)
