-- Counts a new identity of an address prefix and spends its proof, or does neither.
-- Atomic because: of many requests with one proof only one may count, and of many with good proofs
-- no more than the hour still allows.
-- KEYS: 1 the prefix's newcomers (sorted set of ids by Unix ms), 2 the proof (string)
-- ARGV: 1 now (Unix ms), 2 window (ms), 3 newcomers allowed in it, 4 the newcomer's id,
--       5 ms until the proof expires by itself, 0 when none is asked for
-- Returns 0, -1 when the proof was spent before, or the ms until one more is allowed.
-- TTL: the window; the proof as long as it would be good.
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local proof_ms = tonumber(ARGV[5])
if proof_ms > 0 and redis.call('EXISTS', KEYS[2]) == 1 then
  return -1
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])
if surplus >= 0 then
  local oldest = redis.call('ZRANGE', KEYS[1], surplus, surplus, 'WITHSCORES')
  -- Of two at once the later one may carry the earlier time: nobody waits longer than the window.
  return math.min(window, math.max(1, tonumber(oldest[2]) + window - now))
end
redis.call('ZADD', KEYS[1], now, ARGV[4])
redis.call('PEXPIRE', KEYS[1], window)
if proof_ms > 0 then
  redis.call('SET', KEYS[2], '1', 'PX', proof_ms)
end
return 0
