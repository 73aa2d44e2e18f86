-- Claims a waiting partner or waits for one; run again, it renews the search and looks again.
-- Atomic because: two who seek at once must not claim the same third, nor miss each other.
-- KEYS: 1 what the pool's keys begin with. The others are made here; all carry its hash tag.
-- ARGV: 1 participant (16 bytes), 2 device (16 bytes), 3 epoch, 4 since (Unix ms), 5 now (Unix ms),
--       6 lease (s), 7 id for a new conversation (16 bytes),
--       8 interests (JSON: [[name, weight], …], rarest first), 9 languages (JSON),
--       10 wish: 'any' or 'common', 11 until when common interests are waited for (ms waited),
--       12 until when a common language is (ms waited), 13 how long a meeting is recent (s)
-- Returns {'stale'}      a newer search of the same participant is there, or this one was left
--         {'refused'}    the caller was found barred at take-up
--         {'held'}       somebody claimed the caller and looks whether both may meet
--         {'paired', conversation}
--         {'waiting', stage}  stage: 1 common interests, 2 common language, 3 anyone
--         {'claimed', participant, device, {common interests}, {their languages}}
-- TTL: the lease, for the seeker and for the queues it stands in.
local participant, device = ARGV[1], ARGV[2]
local epoch, since, now, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local conversation, wish = ARGV[7], ARGV[10]
local weighed, languages = cjson.decode(ARGV[8]), cjson.decode(ARGV[9])
local common_ms, language_ms, recent_s = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])

-- How many who wait are looked at: of one interest, of one language, of all. And how many that
-- are claimed already or no longer there are passed on the way.
local PER_INTEREST, PER_LANGUAGE, PER_ALL = 8, 32, 64
local BATCH, PASSED_MAX = 16, 512

local before = load(participant)
if before then
  if before[EPOCH] > epoch then
    return {'stale'}
  end
  if before[EPOCH] == epoch then
    if before[STATE] == 'left' then
      return {'stale'}
    end
    if before[STATE] == 'paired' then
      redis.call('EXPIRE', seeker_key(participant), lease)
      return {'paired', before[CONVERSATION]}
    end
    if before[STATE] == 'refused' then
      return {'refused'}
    end
    if is_claimed(before, now) then
      redis.call('EXPIRE', seeker_key(participant), lease)
      return {'held'}
    end
  end
end

local weights, interests, spoken = {}, {}, {}
for position, pair in ipairs(weighed) do
  interests[position] = pair[1]
  weights[pair[1]] = pair[2]
end
for _, language in ipairs(languages) do
  spoken[language] = true
end

local is_queued = before and before[EPOCH] == epoch and before[QUEUED] or false
local own = {device, epoch, since, 'waiting', interests, languages, wish, '', 0, is_queued}
local avoided = redis.call('GET', base .. 'avoid:' .. device) or ''
local met = redis.call('GET', base .. 'recent:' .. device) or ''
local COMMON, LANGUAGE, ANYONE = 1, 2, 3

local function stage(search)
  local waited = now - search[SINCE]
  if search[WISH] == 'common' or (#search[INTERESTS] > 0 and waited < common_ms) then
    return COMMON
  end
  if #search[LANGUAGES] > 0 and waited < language_ms then
    return LANGUAGE
  end
  return ANYONE
end

local short = string.sub(device, 1, 8)

local function is_recent(packed, id)
  local at = find(packed, id, 12)
  return at and math.floor(now / 1000) - struct.unpack('>I4', packed, at + 8) < recent_s
end

-- Whether both may meet at all, and whether they met lately.
local function acquaintance(other)
  local id = string.sub(other, 1, 8)
  if other == device or find(avoided, id, 8) then
    return false
  end
  local theirs = redis.call('MGET', base .. 'avoid:' .. other, base .. 'recent:' .. other)
  if theirs[1] and find(theirs[1], short, 8) then
    return false
  end
  return true, is_recent(met, id) or (theirs[2] and is_recent(theirs[2], short)) or false
end

local own_stage = stage(own)
-- The best so far, apart for strangers and for those met lately.
local best, familiar = nil, nil
local is_somebody_else_there = false

local function is_better(one, other)
  if not other then
    return true
  end
  for _, field in ipairs({'level', 'weight'}) do
    if one[field] ~= other[field] then
      return one[field] > other[field]
    end
  end
  if one.search[SINCE] ~= other.search[SINCE] then
    return one.search[SINCE] < other.search[SINCE]
  end
  return one.participant < other.participant
end

local function weigh(search, who)
  local weight, common, language = 0, {}, false
  for _, interest in ipairs(search[INTERESTS]) do
    if weights[interest] then
      weight = weight + weights[interest]
      common[#common + 1] = interest
    end
  end
  for _, tag in ipairs(search[LANGUAGES]) do
    language = language or spoken[tag]
  end
  local needed = (weight > 0 and COMMON) or (language and LANGUAGE) or ANYONE
  local is_willing = needed == COMMON or (own_stage >= needed and stage(search) >= needed)
  return {search = search, participant = who, weight = weight, level = -needed, common = common,
    is_willing = is_willing,
    may_be_willing = needed == COMMON or (wish == 'any' and search[WISH] == 'any')}
end

local looked_at = {}
local function consider(search, who)
  if looked_at[who] then
    return
  end
  looked_at[who] = true
  local may_meet, is_familiar = acquaintance(search[DEVICE])
  if not may_meet then
    return
  end
  local candidate = weigh(search, who)
  if is_familiar then
    if candidate.is_willing and is_better(candidate, familiar) then
      familiar = candidate
    end
    return
  end
  is_somebody_else_there = is_somebody_else_there or candidate.may_be_willing
  if candidate.is_willing and is_better(candidate, best) then
    best = candidate
  end
end

-- Considers the first `limit` who wait in a queue; entries of searches that are over are dropped.
local function look(name, limit)
  local considered, passed = 0, 0
  for _, part in ipairs({'front', 'back'}) do
    local key, first = queue_key(name, part), 0
    repeat
      local entries = redis.call('LRANGE', key, first, first + BATCH - 1)
      for _, entry in ipairs(entries) do
        local search, who = search_of(entry)
        if not search then
          redis.call('LREM', key, 1, entry)
          passed = passed + 1
        else
          first = first + 1
          if who == participant or is_claimed(search, now) then
            passed = passed + 1
          else
            consider(search, who)
            considered = considered + 1
          end
        end
        if considered == limit or passed == PASSED_MAX then
          return
        end
      end
    until #entries < BATCH
  end
end

for _, interest in ipairs(interests) do
  look('interest:' .. interest, PER_INTEREST)
end
if not best and own_stage >= LANGUAGE then
  for _, language in ipairs(languages) do
    look('language:' .. language, PER_LANGUAGE)
  end
end
if not best and (own_stage >= ANYONE or familiar) then
  look('all', PER_ALL)
end
local chosen = best or (not is_somebody_else_there and familiar) or nil

if not chosen then
  save(participant, own, lease)
  enqueue(participant, own, now)
  renew_queues(own, lease)
  return {'waiting', own_stage}
end

for _, one in ipairs({{participant, own, lease}, {chosen.participant, chosen.search}}) do
  local search = one[2]
  search[STATE], search[CONVERSATION], search[CLAIMED] = 'claimed', conversation, now
  save(one[1], search, one[3])
end
return {'claimed', chosen.participant, chosen.search[DEVICE], chosen.common, chosen.search[LANGUAGES]}
