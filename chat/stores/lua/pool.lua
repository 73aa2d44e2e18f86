-- What the scripts of a pool share: how a search is packed, and how queues are kept. Put in front
-- of each of them by chat/stores/scripts.py; KEYS[1] is always what the pool's keys begin with.
--
-- A search is one string, a MessagePack array. A queue holds entries: participant (16 bytes) and
-- epoch (4 bytes). Nobody is taken out of the middle of a queue: an entry whose search is over is
-- dropped when somebody comes across it, and each push moves two entries on from `back` to
-- `front`, without the dead ones; when `back` is empty, `front` becomes `back`. So the order
-- stays, and at most about as many dead entries wait as living ones.
local base = KEYS[1]

local DEVICE, EPOCH, SINCE, STATE, INTERESTS = 1, 2, 3, 4, 5
local LANGUAGES, WISH, CONVERSATION, CLAIMED, QUEUED = 6, 7, 8, 9, 10
-- SINCE and CLAIMED: Unix ms. STATE: waiting, claimed, paired, refused or left. WISH: 'any', or
-- 'common' for somebody with a common interest only. QUEUED: whether it stands in its queues.
local CLAIM_MS = 2000
-- Who began to wait longer ago than this was given back, and goes in front.
local BACK_AFTER_MS = 1000

local function seeker_key(participant)
  return base .. 'seeker:' .. participant
end

local function load(participant)
  local packed = redis.call('GET', seeker_key(participant))
  return packed and cmsgpack.unpack(packed)
end

-- TTL: the lease (s), or what was left of it when none is given.
local function save(participant, search, lease)
  if lease then
    redis.call('SET', seeker_key(participant), cmsgpack.pack(search), 'EX', lease)
  else
    redis.call('SET', seeker_key(participant), cmsgpack.pack(search), 'KEEPTTL')
  end
end

local function is_claimed(search, now)
  return search[STATE] == 'claimed' and now - search[CLAIMED] < CLAIM_MS
end

local function queues_of(search)
  local names = {'all'}
  for _, interest in ipairs(search[INTERESTS]) do
    names[#names + 1] = 'interest:' .. interest
  end
  for _, language in ipairs(search[LANGUAGES]) do
    names[#names + 1] = 'language:' .. language
  end
  return names
end

local function queue_key(name, part)
  return base .. 'queue:' .. name .. ':' .. part
end

local function entry_of(participant, epoch)
  return participant .. struct.pack('>I4', epoch)
end

-- The search that an entry stands for, and whose; nil when it is over.
local function search_of(entry)
  local participant = string.sub(entry, 1, 16)
  local search = load(participant)
  if not search or search[EPOCH] ~= struct.unpack('>I4', entry, 17) then
    return nil
  end
  if search[STATE] ~= 'waiting' and search[STATE] ~= 'claimed' then
    return nil
  end
  return search, participant
end

local function tidy(front, back)
  for _ = 1, 2 do
    local entry = redis.call('LPOP', back)
    if not entry then
      if redis.call('EXISTS', front) == 1 then
        redis.call('RENAME', front, back)
      end
      return
    end
    if search_of(entry) then
      redis.call('RPUSH', front, entry)
    end
  end
end

-- Lets a saved search stand in its queues, if it doesn't yet.
local function enqueue(participant, search, now)
  if search[QUEUED] then
    return
  end
  search[QUEUED] = true
  save(participant, search)
  local entry = entry_of(participant, search[EPOCH])
  for _, name in ipairs(queues_of(search)) do
    local front, back = queue_key(name, 'front'), queue_key(name, 'back')
    if now - search[SINCE] < BACK_AFTER_MS then
      redis.call('RPUSH', back, entry)
    else
      redis.call('LPUSH', front, entry)
    end
    tidy(front, back)
  end
end

local function renew_queues(search, lease)
  for _, name in ipairs(queues_of(search)) do
    redis.call('EXPIRE', queue_key(name, 'front'), lease)
    redis.call('EXPIRE', queue_key(name, 'back'), lease)
  end
end

-- Where 8 bytes of an id stand in a packed list of records of `width` bytes; nil when nowhere.
local function find(packed, id, width)
  local at = 0
  while true do
    at = string.find(packed, id, at + 1, true)
    if not at or (at - 1) % width == 0 then
      return at
    end
  end
end

-- The newest meetings of a device: records of 8 bytes of the other's id and 4 of Unix seconds.
local function note_meeting(device, other, now, recent_s, kept)
  local key = base .. 'recent:' .. device
  local record = string.sub(other, 1, 8) .. struct.pack('>I4', math.floor(now / 1000))
  local packed = record .. (redis.call('GET', key) or '')
  redis.call('SET', key, string.sub(packed, 1, 12 * kept), 'EX', recent_s)
end
