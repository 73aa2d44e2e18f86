-- Ends a search; safe to run twice.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 the pool's waiting (sorted set), 2 the seeker (hash)
-- ARGV: 1 participant, 2 epoch of the search
-- Returns the conversation when the search had led to one already, else ''.
-- A newer search of the same participant stays. TTL: none, both entries are removed.
local found = redis.call('HMGET', KEYS[2], 'epoch', 'state', 'conversation')
if found[1] and tonumber(found[1]) > tonumber(ARGV[2]) then
  return ''
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
if found[2] == 'paired' and tonumber(found[1]) == tonumber(ARGV[2]) then
  return found[3]
end
return ''
