-- Numbers a verdict, stores it, then tells the relay. Atomic, because the number must have no gap
-- and nothing may be stored or told after a CUT: the CUT is told again instead (I3).
-- KEYS[1]  the stream's verdict (hash: n, json, is_cut)
-- ARGV[1]  the verdict as JSON without its opening brace and without n
-- ARGV[2]  the relay node's channel
-- ARGV[3]  1 for a CUT, else 0
-- ARGV[4]  TTL, s
-- Returns  the stored verdict as JSON
-- TTL      ARGV[4] from now
if redis.call('HGET', KEYS[1], 'is_cut') == '1' then
  local cut = redis.call('HGET', KEYS[1], 'json')
  redis.call('PUBLISH', ARGV[2], cut)
  return cut
end
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
local json = '{"n":' .. string.format('%.0f', n) .. ',' .. ARGV[1]
redis.call('HSET', KEYS[1], 'json', json, 'is_cut', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], json)
return json
