-- Takes one token out of each of several buckets, or none at all.
-- Atomic because: two requests at once must not share a token, and a refusal by one bucket must
-- cost the others nothing.
-- KEYS: the buckets (hashes), in one slot
-- ARGV: 1 now (Unix ms), then for each bucket: tokens gained per second, burst
-- Returns 0, or the ms until every bucket has a token. TTL: until a bucket is full again.
local now = tonumber(ARGV[1])
local left, wait_ms = {}, 0
for i, key in ipairs(KEYS) do
  local per_s, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local found = redis.call('HMGET', key, 'tokens', 'at_ms')
  local tokens = burst
  if found[1] then
    local gained = math.max(0, now - tonumber(found[2])) * per_s / 1000
    tokens = math.min(burst, tonumber(found[1]) + gained)
  end
  if tokens < 1 then
    wait_ms = math.max(wait_ms, math.ceil((1 - tokens) / per_s * 1000))
  end
  left[i] = tokens - 1
end
if wait_ms > 0 then
  return wait_ms
end
for i, key in ipairs(KEYS) do
  local per_s, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('HSET', key, 'tokens', tostring(left[i]), 'at_ms', now)
  redis.call('PEXPIRE', key, math.ceil((burst - left[i]) / per_s * 1000) + 1000)
end
return 0
