-- Takes one token out of a bucket.
-- Atomic because: two requests at once must not share a token.
-- KEYS: 1 the bucket (hash)
-- ARGV: 1 tokens gained per second, 2 burst, 3 now (Unix ms)
-- Returns 0, or the ms until there is a token. TTL: until the bucket is full again.
local per_s, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = redis.call('HMGET', KEYS[1], 'tokens', 'at_ms')
local tokens = burst
if found[1] then
  local gained = math.max(0, now - tonumber(found[2])) * per_s / 1000
  tokens = math.min(burst, tonumber(found[1]) + gained)
end
local wait_ms = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait_ms = math.ceil((1 - tokens) / per_s * 1000)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at_ms', now)
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / per_s * 1000) + 1000)
return wait_ms
