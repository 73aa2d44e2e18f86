-- Seats a new control socket of somebody who was in the conversation; their key is used up.
-- Atomic because: of two sockets with the same key one may resume, and not after the grace period.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 participant, 2 hash of their key, 3 hash of the next key, 4 socket, 5 now (Unix ms),
--       6 grace (ms), 7 how long a socket counts as there without a sign (ms)
-- Returns the side, or '' when it is over, too late, not theirs, or the key is wrong.
-- TTL: unchanged.
local participant, now = ARGV[1], tonumber(ARGV[5])
if redis.call('HEXISTS', KEYS[1], 'ended_by') == 1 then
  return ''
end
for _, side in ipairs({'a', 'b'}) do
  local found = redis.call('HMGET', KEYS[1], 'participant_' .. side, 'key_' .. side,
    'absent_' .. side, 'seen_' .. side)
  if found[1] == participant and found[2] and found[2] == ARGV[2] then
    local gone_since = tonumber(found[3]) or (tonumber(found[4]) + tonumber(ARGV[7]))
    if now - gone_since >= tonumber(ARGV[6]) then
      return ''
    end
    redis.call('HSET', KEYS[1], 'key_' .. side, ARGV[3], 'socket_' .. side, ARGV[4],
      'seen_' .. side, now)
    redis.call('HDEL', KEYS[1], 'absent_' .. side)
    return side
  end
end
return ''
