-- Keep a sealed prevalence frame. Atomic: whoever takes their consent back finds every frame that
-- was kept under it, and no more frames are kept than a day may have.
-- KEYS: 1 the consent, 2 the day's counter, 3 the device's frames, 4 the frame, 5 frames that
--       PostgreSQL doesn't know of yet; all in one slot
-- ARGV: 1 the frame's id, 2 the packed frame, 3 the day's most, 4 TTL in s, 5 its capture in Unix ms
-- Returns 1 when it is kept, 0 without consent or room. TTL: ARGV[4] for all but the consent.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[3]) then
  return 0
end
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[4])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[4])
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[1])
redis.call('EXPIRE', KEYS[5], ARGV[4])
return 1
