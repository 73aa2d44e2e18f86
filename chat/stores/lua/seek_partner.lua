-- Claims a waiting partner or waits for one; run again, it renews the search and looks again.
-- Atomic because: two who seek at once must not claim the same third, nor miss each other.
-- KEYS: 1 what the pool's keys begin with. The others are made here; all carry its hash tag.
-- ARGV: 1 packed, since each word costs more than what it says: participant and device (16 bytes
--       each), epoch (4, big-endian), since and now (8 each, double, Unix ms), id for a new
--       conversation (16), wish (1, as a search holds it), until when common interests are waited for and until
--       when a common language is (4 each, ms waited), lease and how long a meeting is recent (4
--       each, s)
--       2 interests, the rarest first, and languages, as a search holds them
--       3 the weights of the interests (2 bytes each, big-endian)
-- Returns {'stale'}      a newer search of the same participant is there, or this one was left
--         {'refused'}    the caller was found barred at take-up
--         {'held'}       somebody claimed the caller and looks whether both may meet
--         {'paired', conversation}
--         {'waiting', stage, is_crowded}  stage: 1 common interests, 2 common language, 3 anyone;
--         is_crowded: 1 when so many are being paired just now that not everybody was looked at
--         {'claimed', participant, device, interests and languages as a search holds them}
-- TTL: the lease, for the seeker and for the queues it stands in.
local participant, device, epoch, since, now, conversation, wish, common_ms, language_ms, lease,
  recent_s = struct.unpack('>c16c16I4ddc16c1I4I4I4I4', ARGV[1])
local tags = ARGV[2]

-- How many who wait are considered: of one interest, of all interests, of one language, of all;
-- and a few at a time, until somebody fits. And how many that are claimed already or no longer there
-- are passed on the way; in such a crowd, how many of the newest in each part of
-- the queue are looked at instead.
local PER_INTEREST, INTERESTS_MAX, PER_LANGUAGE, PER_ALL, AT_A_TIME = 4, 8, 16, 32, 4
local PASSED_MAX, NEWEST = 64, 32
local COMMON, LANGUAGE, ANYONE = 1, 2, 3

local found = call('MGET', seeker_key(participant), base .. 'avoid:' .. device,
  base .. 'recent:' .. device)
local before, avoided, met = found[1], found[2] or '', found[3] or ''
local queued = '0'
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
      call('EXPIRE', seeker_key(participant), lease)
      return {'paired', sub(before, 40, 55)}
    end
    if state == REFUSED then
      return {'refused'}
    end
    if is_claimed(before, now) then
      call('EXPIRE', seeker_key(participant), lease)
      return {'held'}
    end
    queued = sub(before, 30, 30)
  end
end

local own = device .. struct.pack('>I4d', epoch, since) .. 'w' .. queued .. wish .. NO_CLAIM .. tags

local function marked(names, mark)
  local found = {}
  for i = 1, #names do
    found[i] = mark .. names[i] .. mark
  end
  return found
end

local interests, languages = names_in(tags, '\1'), names_in(tags, '\2')
local of_interest, of_language = marked(interests, '\1'), marked(languages, '\2')
local weights, unlooked = {struct.unpack('>' .. string.rep('I2', #interests), ARGV[3])}, 0
for i = 1, #interests do
  unlooked = unlooked + weights[i]
end

local function stage_of(search)
  local waited = now - since_of(search)
  if is_only_common(search) or (waited < common_ms and byte(search, 56) == 1) then
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
  local id, short = sub(other, 1, 8), sub(device, 1, 8)
  if other == device or find(avoided, id, 8) then
    return false
  end
  local theirs = call('MGET', base .. 'avoid:' .. other, base .. 'recent:' .. other)
  if theirs[1] and find(theirs[1], short, 8) then
    return false
  end
  return true, is_recent(met, id) or (theirs[2] and is_recent(theirs[2], short)) or false
end

local function weigh(search)
  local weight = 0
  for i = 1, #interests do
    if contains(search, of_interest[i], 56, true) then
      weight = weight + weights[i]
    end
  end
  if weight > 0 then
    return COMMON, weight
  end
  for i = 1, #languages do
    if contains(search, of_language[i], 56, true) then
      return LANGUAGE, 0
    end
  end
  return ANYONE, 0
end

-- Of two equals, who is trusted as little, or not as little, as the caller; then who has waited
-- longer: `since` is packed so that its bytes sort as it does.
local function is_better(level, weight, search, who, other)
  if not other then
    return true
  end
  if level ~= other.level then
    return level < other.level
  end
  if weight ~= other.weight then
    return weight > other.weight
  end
  local is_alike = is_doubtful(search) == is_doubtful(own)
  if is_alike ~= (is_doubtful(other.search) == is_doubtful(own)) then
    return is_alike
  end
  local one, two = sub(search, 21, 28), sub(other.search, 21, 28)
  if one ~= two then
    return one < two
  end
  return who < other.participant
end

local own_stage = stage_of(own)
-- The best so far, apart for strangers and for those met lately.
local best, familiar = nil, nil
local is_somebody_else_there = false

local is_crowded = 0
local looked_at = {[participant] = true}
local function consider(search, who)
  local level, weight = weigh(search)
  local is_willing = level == COMMON or (own_stage >= level and stage_of(search) >= level)
  if best and not (is_willing and is_better(level, weight, search, who, best)) then
    return
  end
  local may_meet, is_familiar = acquaintance(sub(search, 1, 16))
  if not may_meet then
    return
  end
  local candidate = {search = search, participant = who, weight = weight, level = level}
  if not is_familiar then
    is_somebody_else_there = is_somebody_else_there or level == COMMON
      or not (is_only_common(own) or is_only_common(search))
    if is_willing then
      best = candidate
    end
  elseif is_willing and is_better(level, weight, search, who, familiar) then
    familiar = candidate
  end
end

-- Considers who came last to a queue whose head is being paired just now.
local function look_at_newest(name)
  for part = 2, 1, -1 do
    local entries, searches = entries_of(queue_key(name, PARTS[part]), -NEWEST, NEWEST)
    for i = #entries, 1, -1 do
      local search, who = searches[i], sub(entries[i], 1, 16)
      if search and not looked_at[who] and not is_claimed(search, now) then
        looked_at[who] = true
        consider(search, who)
        if best then
          return
        end
      end
    end
  end
end

-- Considers the first `limit` who wait in a queue, or fewer when somebody fits; entries of searches
-- that are over are dropped. Returns how many were considered.
local function look(name, limit)
  local considered, passed, size = 0, 0, AT_A_TIME
  for part = 1, 2 do
    local key, first = queue_key(name, PARTS[part]), 0
    repeat
      local entries, searches = entries_of(key, first, size)
      local total = #entries
      for i = 1, total do
        local entry, search = entries[i], searches[i]
        if not search then
          call('LREM', key, 1, entry)
          passed = passed + 1
        else
          local who = sub(entry, 1, 16)
          first = first + 1
          if who == participant or is_claimed(search, now) then
            passed = passed + 1
          else
            considered = considered + 1
            if not looked_at[who] then
              looked_at[who] = true
              consider(search, who)
            end
            if considered == limit or (best and considered % AT_A_TIME == 0) then
              return considered
            end
          end
        end
        if passed == PASSED_MAX then
          is_crowded = 1
          look_at_newest(name)
          return considered
        end
      end
      local is_all = total < size
      -- Whoever comes in a crowd passes many that are claimed.
      size = math.min(2 * size, 32)
    until is_all
  end
  return considered
end

-- The rarest first, as long as those that are left could still weigh more than who was found.
local left = INTERESTS_MAX
for i = 1, #interests do
  if left == 0 or (best and best.weight > unlooked) then
    break
  end
  left = left - look('interest:' .. interests[i], math.min(left, PER_INTEREST))
  unlooked = unlooked - weights[i]
end
if not best and own_stage >= LANGUAGE then
  for i = 1, #languages do
    if not best then
      look('language:' .. languages[i], PER_LANGUAGE)
    end
  end
end
if not best and (own_stage >= ANYONE or familiar) then
  look('all', PER_ALL)
end

-- In a crowd not everybody was looked at, so there may be somebody else.
local is_alone = not is_somebody_else_there and is_crowded == 0
local chosen = best or (is_alone and familiar) or nil
if not chosen then
  enqueue(participant, own, own_stage >= LANGUAGE and 2 or 1, now, lease)
  return {'waiting', own_stage, is_crowded}
end
save(participant, with_state(own, 'c', now, conversation), lease)
save(chosen.participant, with_state(chosen.search, 'c', now, conversation))
return {'claimed', chosen.participant, sub(chosen.search, 1, 16), sub(chosen.search, 56)}
