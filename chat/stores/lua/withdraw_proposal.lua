-- Ends a conversation in which the other side has never sat down, as one that never began.
-- Atomic because: the other side may sit down in the same moment, and then it has begun.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 the side that waited
-- Returns 1 when it is over, 0 when the other side is there. TTL: none, the record is removed.
local other = ARGV[1] == 'a' and 'b' or 'a'
if redis.call('HEXISTS', KEYS[1], 'seen_' .. other) == 1
  and redis.call('HEXISTS', KEYS[1], 'ended_by') == 0 then
  return 0
end
if redis.call('HEXISTS', KEYS[1], 'ended_by') == 0 then
  redis.call('DEL', KEYS[1])
end
return 1
