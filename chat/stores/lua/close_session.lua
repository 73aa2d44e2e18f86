-- Forgets a participant's control socket.
-- Atomic because: a newer socket must not be forgotten with the older one.
-- KEYS: 1 the session (hash)
-- ARGV: 1 socket
-- Returns 1, or 0 when another socket is the live one. TTL: unchanged.
if redis.call('HGET', KEYS[1], 'socket') ~= ARGV[1] then
  return 0
end
redis.call('HDEL', KEYS[1], 'socket')
return 1
