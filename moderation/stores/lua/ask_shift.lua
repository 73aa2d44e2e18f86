-- Asks for one more shift when more wait than are being served. Atomic with take_turn, which ends a
-- shift only when nobody waits: so whoever began to wait first is never left standing.
-- KEYS     shifts, beats, live turns, opening turns
-- ARGV[1]  id of the shift that may be needed
-- ARGV[2]  now, Unix ms
-- ARGV[3]  lease of a shift, ms
-- ARGV[4]  workers whose last beat is older (Unix ms) are dead
-- ARGV[5]  TTL, s
-- Returns  1 when a task for this shift is to be sent, else 0
-- TTL      ARGV[5] from now
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
local workers = redis.call('ZCOUNT', KEYS[2], ARGV[4], '+inf')
local waiting = redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
if redis.call('ZCARD', KEYS[1]) >= math.min(workers, waiting) then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', ARGV[2] + ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
