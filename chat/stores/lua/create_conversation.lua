-- Writes the record of a conversation.
-- Atomic because: a record without an end would stay for ever.
-- KEYS: 1 the conversation (hash)
-- ARGV: 1 TTL (s), then fields and their values
-- Returns 1. TTL: ARGV 1.
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('EXPIRE', KEYS[1], ARGV[1])
