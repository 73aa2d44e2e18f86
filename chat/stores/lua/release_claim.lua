-- Gives one side of a claim back: to waiting, with the original waiting time, or out of the pool.
-- Atomic because: the claim may have lapsed, and a newer one must not be undone.
-- KEYS: 1 the pool's waiting (sorted set), 2 the seeker (hash)
-- ARGV: 1 participant, 2 conversation, 3 the state to take: waiting or refused
-- Returns 1, or 0 when the seeker is not claimed for this conversation. TTL: unchanged.
local found = redis.call('HMGET', KEYS[2], 'state', 'conversation', 'since_ms')
if found[1] ~= 'claimed' or found[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[2], 'state', ARGV[3])
redis.call('HDEL', KEYS[2], 'conversation', 'claimed_ms')
if ARGV[3] == 'waiting' then
  redis.call('ZADD', KEYS[1], found[3], ARGV[1])
end
return 1
