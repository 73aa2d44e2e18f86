-- Numbers a new search, and remembers how far the participant is trusted until the next.
-- Atomic because: a search must not run with the level of another.
-- KEYS: 1 the session (hash)
-- ARGV: 1 level, 2 TTL (s)
-- Returns the number. TTL: starts anew, also when Redis had lost the session.
redis.call('HSET', KEYS[1], 'level', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'epoch', 1)
