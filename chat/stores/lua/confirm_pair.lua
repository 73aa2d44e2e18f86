-- Makes a claim a pair, if nobody left meanwhile.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 and 2 the seekers (hashes), 3 and 4 whom each met lately (sorted sets)
-- ARGV: 1 conversation, 2 and 3 their devices, 4 now (Unix ms), 5 how long it is recent (s)
-- Returns 1, or 0 when either is no longer claimed for this conversation.
-- TTL: the seekers' leases stay; meetings last ARGV 5.
for i = 1, 2 do
  local found = redis.call('HMGET', KEYS[i], 'state', 'conversation')
  if found[1] ~= 'claimed' or found[2] ~= ARGV[1] then
    return 0
  end
end
for i = 1, 2 do
  redis.call('HSET', KEYS[i], 'state', 'paired')
  local met = KEYS[i + 2]
  redis.call('ZREMRANGEBYSCORE', met, '-inf', tonumber(ARGV[4]) - tonumber(ARGV[5]) * 1000)
  redis.call('ZADD', met, ARGV[4], ARGV[4 - i])
  redis.call('EXPIRE', met, ARGV[5])
end
return 1
