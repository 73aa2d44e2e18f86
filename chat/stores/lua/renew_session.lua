-- Keeps a session, or takes one up again that Redis has lost: nobody opened another socket.
-- Atomic because: a socket that was opened elsewhere must not be overwritten.
-- KEYS: 1 the session (hash)
-- ARGV: 1 socket, 2 TTL (s)
-- Returns 1, or 0 when another socket is the live one. TTL: starts anew.
local current = redis.call('HGET', KEYS[1], 'socket')
if current and current ~= ARGV[1] then
  return 0
end
if not current then
  redis.call('HSET', KEYS[1], 'socket', ARGV[1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
