-- Takes the most urgent stream's turn, or ends the shift when nobody waits. Atomic, so that each
-- turn is taken once and nobody begins to wait between the last look and the end of a shift (I7).
-- A stream's farewell comes before what it showed later (I2).
-- Live streams go first. Openings have two budgets of worker time, both paid by the time that they
-- took: `may` fills at their largest share, without it they are not served; `owed` fills at their
-- smallest, with it they go first, so that live streams don't starve them.
-- KEYS     shifts, beats, live turns, opening turns, where waiting began, openings' budget
-- ARGV[1]  the shift
-- ARGV[2]  now, Unix ms
-- ARGV[3]  lease of a shift, ms
-- ARGV[4]  workers whose last beat is older (Unix ms) are dead
-- ARGV[5]  time that the shift's last turn took, if it was an opening's, ms; else 0
-- ARGV[6]  largest share of openings, 0 to 1
-- ARGV[7]  their smallest
-- ARGV[8]  most that may be saved up of the largest share, ms for each worker
-- ARGV[9]  likewise of the smallest, and the deepest debt
-- ARGV[10] TTL, s
-- Returns  {member, live | opening, waiting since (Unix ms; 0 for a farewell)}; a number of ms after
--          which to ask again, while openings have had their share; nil when the shift is over
-- TTL      ARGV[10] from now
local now, workers = tonumber(ARGV[2]), math.max(1, redis.call('ZCOUNT', KEYS[2], ARGV[4], '+inf'))
local most, least = ARGV[6] * workers, ARGV[7] * workers
local may_max, owed_max = ARGV[8] * workers, ARGV[9] * workers
local found = redis.call('HMGET', KEYS[6], 'at_ms', 'may_ms', 'owed_ms')
local passed = math.max(0, now - (tonumber(found[1]) or now))
local spent = tonumber(ARGV[5])
local may = math.min(may_max, (tonumber(found[2]) or may_max) + passed * most) - spent
local owed = math.min(owed_max, (tonumber(found[3]) or owed_max) + passed * least) - spent
owed = math.max(-owed_max, owed)
redis.call('HSET', KEYS[6], 'at_ms', ARGV[2], 'may_ms', may, 'owed_ms', owed)
redis.call('EXPIRE', KEYS[6], ARGV[10])

local live = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
local opening = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
if not live and not opening then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return false
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[10])
local rank, member = 'live', live
if opening and may > 0 and (owed > 0 or not live) then rank, member = 'opening', opening end
if not member then return math.ceil(-may / most) + 1 end
local farewell = member .. '!'
for _, turns in ipairs({KEYS[3], KEYS[4]}) do
  if redis.call('ZSCORE', turns, farewell) then member = farewell end
end
redis.call('ZREM', KEYS[3], member)
redis.call('ZREM', KEYS[4], member)
local since = redis.call('ZSCORE', KEYS[5], member)
redis.call('ZREM', KEYS[5], member)
return {member, rank, since or '0'}
