-- Claims a waiting partner or waits for one; run again, it renews the search and looks again.
-- Atomic because: two who seek at once must not claim the same third, nor miss each other.
-- KEYS: 1 what the pool's keys begin with. The others are made here; all carry its hash tag.
-- ARGV: 1 participant (16 bytes), 2 device (16 bytes), 3 epoch, 4 since (Unix ms), 5 now (Unix ms),
--       6 lease (s), 7 id for a new conversation (16 bytes), 8 interests, the rarest first, and
--       languages, as a search holds them, 9 wish: a or c, 10 until when common interests are
--       waited for (ms waited), 11 until when a common language is (ms waited), 12 how long a
--       meeting is recent (s), from 13 on the weights of the interests
-- Returns {'stale'}      a newer search of the same participant is there, or this one was left
--         {'refused'}    the caller was found barred at take-up
--         {'held'}       somebody claimed the caller and looks whether both may meet
--         {'paired', conversation}
--         {'waiting', stage}  stage: 1 common interests, 2 common language, 3 anyone
--         {'claimed', participant, device, interests and languages as a search holds them}
-- TTL: the lease, for the seeker and for the queues it stands in.
local participant, device = ARGV[1], ARGV[2]
local epoch, since, now, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local conversation, tags, wish = ARGV[7], ARGV[8], ARGV[9]
local common_ms, language_ms, recent_s = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])

-- How many who wait are considered: of one interest, of all interests, of one language, of all.
-- And how many that are claimed already or no longer there are passed on the way.
local PER_INTEREST, INTERESTS_MAX, PER_LANGUAGE, PER_ALL = 4, 8, 16, 32
local PASSED_MAX = 256
local COMMON, LANGUAGE, ANYONE = 1, 2, 3

local queued = '0'
local before = load(participant)
if before then
  local known = epoch_of(before)
  if known > epoch then
    return {'stale'}
  end
  if known == epoch then
    local state = byte(before, 29)
    if state == LEFT then
      return {'stale'}
    end
    if state == PAIRED then
      redis.call('EXPIRE', seeker_key(participant), lease)
      return {'paired', sub(before, 40, 55)}
    end
    if state == REFUSED then
      return {'refused'}
    end
    if is_claimed(before, now) then
      redis.call('EXPIRE', seeker_key(participant), lease)
      return {'held'}
    end
    queued = sub(before, 30, 30)
  end
end

local own = device .. struct.pack('>I4d', epoch, since) .. 'w' .. queued .. wish
  .. string.rep('\0', 24) .. tags
local personal = redis.call('MGET', base .. 'avoid:' .. device, base .. 'recent:' .. device)
local avoided, met = personal[1] or '', personal[2] or ''
local short = sub(device, 1, 8)

local interests, wanted, spoken = {}, {}, {}
for name in string.gmatch(tags, '\1([^\1\2]+)') do
  interests[#interests + 1] = name
  wanted[#wanted + 1] = {'\1' .. name .. '\1', tonumber(ARGV[12 + #interests])}
end
for name in string.gmatch(tags, '\2([^\2]+)') do
  spoken[#spoken + 1] = name
end

local function stage(search, began)
  local waited = now - began
  if sub(search, 31, 31) == 'c' or (waited < common_ms and byte(search, 56) == 1) then
    return COMMON
  end
  if waited < language_ms and #search > 55 and byte(search, -1) == 2 then
    return LANGUAGE
  end
  return ANYONE
end

local function is_recent(packed, id)
  local at = find(packed, id, 12)
  return at and math.floor(now / 1000) - struct.unpack('>I4', packed, at + 8) < recent_s
end

-- Whether both may meet at all, and whether they met lately.
local function acquaintance(other)
  local id = sub(other, 1, 8)
  if other == device or find(avoided, id, 8) then
    return false
  end
  local theirs = redis.call('MGET', base .. 'avoid:' .. other, base .. 'recent:' .. other)
  if theirs[1] and find(theirs[1], short, 8) then
    return false
  end
  return true, is_recent(met, id) or (theirs[2] and is_recent(theirs[2], short)) or false
end

local own_stage = stage(own, since)
-- The best so far, apart for strangers and for those met lately.
local best, familiar = nil, nil
local is_somebody_else_there = false

local function is_better(one, other)
  if not other then
    return true
  end
  if one.level ~= other.level then
    return one.level < other.level
  end
  if one.weight ~= other.weight then
    return one.weight > other.weight
  end
  if one.since ~= other.since then
    return one.since < other.since
  end
  return one.participant < other.participant
end

local function weigh(search)
  local weight = 0
  for _, interest in ipairs(wanted) do
    if string.find(search, interest[1], 56, true) then
      weight = weight + interest[2]
    end
  end
  if weight > 0 then
    return COMMON, weight
  end
  for _, language in ipairs(spoken) do
    if string.find(search, '\2' .. language .. '\2', 56, true) then
      return LANGUAGE, 0
    end
  end
  return ANYONE, 0
end

local looked_at = {[participant] = true}
local function consider(search, who)
  local level, weight = weigh(search)
  local began = since_of(search)
  local is_willing = level == COMMON or (own_stage >= level and stage(search, began) >= level)
  local candidate = {search = search, participant = who, weight = weight, level = level,
    since = began}
  if best and not (is_willing and is_better(candidate, best)) then
    return
  end
  local may_meet, is_familiar = acquaintance(sub(search, 1, 16))
  if may_meet and not is_familiar then
    is_somebody_else_there = is_somebody_else_there or level == COMMON
      or (wish == 'a' and sub(search, 31, 31) == 'a')
    if is_willing then
      best = candidate
    end
  elseif may_meet and is_willing and is_better(candidate, familiar) then
    familiar = candidate
  end
end

-- Considers the first `limit` who wait in a queue; entries of searches that are over are dropped.
-- Returns how many were considered.
local function look(name, limit)
  local considered, passed = 0, 0
  for _, part in ipairs({'front', 'back'}) do
    local key, first = queue_key(name, part), 0
    repeat
      local entries, searches = entries_of(key, first, limit)
      for i, entry in ipairs(entries) do
        local search, who = searches[i], sub(entry, 1, 16)
        if not search then
          redis.call('LREM', key, 1, entry)
          passed = passed + 1
        else
          first = first + 1
          if who == participant or is_claimed(search, now) then
            passed = passed + 1
          else
            considered = considered + 1
            if not looked_at[who] then
              looked_at[who] = true
              consider(search, who)
            end
          end
        end
        if considered == limit or passed == PASSED_MAX then
          return considered
        end
      end
    until #entries < limit
  end
  return considered
end

local left = INTERESTS_MAX
for _, interest in ipairs(interests) do
  left = left - look('interest:' .. interest, math.min(left, PER_INTEREST))
  if left == 0 then
    break
  end
end
if not best and own_stage >= LANGUAGE then
  for _, language in ipairs(spoken) do
    look('language:' .. language, PER_LANGUAGE)
  end
end
if not best and (own_stage >= ANYONE or familiar) then
  look('all', PER_ALL)
end

local chosen = best or (not is_somebody_else_there and familiar) or nil
if not chosen then
  enqueue(participant, own, own_stage >= LANGUAGE and 2 or 1, now, lease)
  return {'waiting', own_stage}
end
save(participant, with_state(own, 'c', now, conversation), lease)
save(chosen.participant, with_state(chosen.search, 'c', now, conversation))
return {'claimed', chosen.participant, sub(chosen.search, 1, 16), sub(chosen.search, 56)}
