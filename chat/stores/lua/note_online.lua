-- Counts a participant as online, and no longer those whose lease is over.
-- Atomic because: a set without an end would stay for ever.
-- KEYS: 1 who is online (sorted set, by the end of the lease in Unix ms)
-- ARGV: 1 participant, 2 now (Unix ms), 3 lease (s)
-- Returns 1. TTL: the lease.
redis.call('ZADD', KEYS[1], tonumber(ARGV[2]) + 1000 * ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
return redis.call('EXPIRE', KEYS[1], ARGV[3])
