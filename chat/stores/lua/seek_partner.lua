-- Claims a waiting partner or waits for one; run again, it renews the search and repairs it.
-- Atomic because: two who seek at once must not claim the same third, nor miss each other.
-- KEYS: 1 the pool's waiting (sorted set), 2 the caller's seeker (hash)
-- ARGV: 1 what the pool's keys begin with, 2 participant, 3 device, 4 epoch, 5 since (Unix ms),
--       6 now (Unix ms), 7 lease (s), 8 id for a new conversation, 9 languages,
--       10 how long a claim holds (ms), 11 how long a meeting is recent (ms)
-- Returns {'stale'}      a newer search of the same participant is there, or this one was left
--         {'refused'}    the caller was found barred at take-up
--         {'held'}       somebody claimed the caller and looks whether both may meet
--         {'paired', conversation}
--         {'waiting'}
--         {'claimed', participant, device, languages}
-- TTL: the seeker's lease. Keys of candidates are made here; all carry the pool's hash tag.
local waiting, own = KEYS[1], KEYS[2]
local base, participant, device = ARGV[1], ARGV[2], ARGV[3]
local epoch, since, now = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local lease, conversation, languages = ARGV[7], ARGV[8], ARGV[9]
local BATCH, WALK_MAX = 32, 256

local before = redis.call('HMGET', own, 'epoch', 'state', 'claimed_ms', 'conversation')
if before[1] then
  if tonumber(before[1]) > epoch then
    return {'stale'}
  end
  if tonumber(before[1]) == epoch then
    if before[2] == 'paired' then
      redis.call('EXPIRE', own, lease)
      return {'paired', before[4]}
    end
    if before[2] == 'left' then
      return {'stale'}
    end
    if before[2] == 'refused' then
      return {'refused'}
    end
    if before[2] == 'claimed' and now - tonumber(before[3]) < tonumber(ARGV[10]) then
      redis.call('EXPIRE', own, lease)
      return {'held'}
    end
  end
end

local function may_meet(other_device)
  return other_device ~= device
    and redis.call('SISMEMBER', base .. 'avoid:' .. device, other_device) == 0
    and redis.call('SISMEMBER', base .. 'avoid:' .. other_device, device) == 0
end

local function met_lately(other_device)
  local met = redis.call('ZSCORE', base .. 'recent:' .. device, other_device)
  return met and now - tonumber(met) < tonumber(ARGV[11])
end

local gone, chosen, familiar = {}, nil, nil
for first = 0, WALK_MAX - BATCH, BATCH do
  local ids = redis.call('ZRANGE', waiting, first, first + BATCH - 1)
  for _, id in ipairs(ids) do
    if id ~= participant then
      local found = redis.call('HMGET', base .. 'seeker:' .. id, 'device', 'languages', 'state')
      if not found[1] or found[3] ~= 'waiting' then
        gone[#gone + 1] = id
      elseif may_meet(found[1]) then
        local candidate = {id, found[1], found[2]}
        if not met_lately(found[1]) then
          chosen = candidate
          break
        end
        familiar = familiar or candidate
      end
    end
  end
  if chosen or #ids < BATCH then
    break
  end
end
if #gone > 0 then
  redis.call('ZREM', waiting, unpack(gone))
end

chosen = chosen or familiar
redis.call('HSET', own, 'device', device, 'epoch', epoch, 'since_ms', since,
  'languages', languages, 'state', 'waiting')
redis.call('HDEL', own, 'conversation', 'claimed_ms')
redis.call('EXPIRE', own, lease)
if not chosen then
  redis.call('ZADD', waiting, since, participant)
  return {'waiting'}
end
redis.call('ZREM', waiting, participant, chosen[1])
for _, key in ipairs({own, base .. 'seeker:' .. chosen[1]}) do
  redis.call('HSET', key, 'state', 'claimed', 'conversation', conversation, 'claimed_ms', now)
end
return {'claimed', chosen[1], chosen[2], chosen[3]}
