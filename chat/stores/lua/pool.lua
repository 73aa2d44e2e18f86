-- What the scripts of a pool share: how a search is packed, and how queues are kept. Put in front
-- of each of them, with the constant CLAIM_MS, by chat/stores/scripts.py; KEYS[1] is always what the pool's keys begin with.
--
-- A search is one string, since a million of them are kept and looked at:
--    1 device (16 bytes), 17 epoch (4, big-endian), 21 since (8, double, Unix ms), 29 state,
--   30 queued, 31 wish, 32 claimed (8, double, Unix ms), 40 conversation (16 bytes),
--   56 interests, each between two bytes 1, then languages, each between two bytes 2
-- State: w(aiting), c(laimed), p(aired), r(efused) or l(eft). Wish: a(ny), or c(ommon) for somebody
-- with a common interest only; in capitals of somebody trusted little. Queued: 0 nowhere, 1 in everybody's queue and those of the
-- interests, 2 in those of the languages as well, once a common language is enough.
--
-- A queue holds entries: participant (16 bytes) and epoch (4 bytes). Nobody is taken out of the
-- middle of one: an entry whose search is over is dropped when somebody comes across it, and every
-- few pushes some entries are swept on from `back` to `front`, without the dead ones; when `back` is
-- empty, `front` becomes `back`. So the order stays, and not many more dead entries wait than living.
local base = KEYS[1]
local call, sub, byte, contains = redis.call, string.sub, string.byte, string.find
local format = string.format
local WAITING, CLAIMED, PAIRED, REFUSED, LEFT = 119, 99, 112, 114, 108
local NO_CLAIM = string.rep('\0', 24)
local PARTS = {'front', 'back'}
local SWEEP_EVERY, SWEPT = 8, 16
-- Who began to wait longer ago than this was given back, and goes in front.
local BACK_AFTER_MS = 1000

local function seeker_key(participant)
  return base .. 'seeker:' .. participant
end

local function load(participant)
  return call('GET', seeker_key(participant))
end

-- TTL: the lease (s), or what was left of it when none is given.
local function save(participant, search, lease)
  if lease then
    call('SET', seeker_key(participant), search, 'EX', lease)
  else
    call('SET', seeker_key(participant), search, 'KEEPTTL')
  end
end

local function epoch_of(search)
  return (struct.unpack('>I4', search, 17))
end

local function since_of(search)
  return (struct.unpack('>d', search, 21))
end

local function is_claimed(search, now)
  return byte(search, 29) == CLAIMED and now - struct.unpack('>d', search, 32) < CLAIM_MS
end

local function with_state(search, state, claimed, conversation)
  return sub(search, 1, 28) .. state .. sub(search, 30, 31)
    .. struct.pack('>d', claimed or 0) .. (conversation or string.rep('\0', 16)) .. sub(search, 56)
end

local function is_only_common(search)
  local wish = byte(search, 31)
  return wish == 99 or wish == 67
end

local function is_doubtful(search)
  return byte(search, 31) < 97
end

-- The search that an entry stands for, false when it is over.
local function living(entry, search)
  if search and sub(search, 17, 20) == sub(entry, 17, 20) then
    local state = byte(search, 29)
    return (state == WAITING or state == CLAIMED) and search
  end
  return false
end

local function queue_key(name, part)
  return base .. 'queue:' .. name .. ':' .. part
end

-- Entries of a queue from `first` on, and the search of each, false where it is over. (Redis writes
-- a number from Lua with 17 digits, which takes longer than reading a short queue.)
local function entries_of(key, first, count)
  local entries = call('LRANGE', key, format('%d', first), format('%d', first + count - 1))
  local total = #entries
  if total == 0 then
    return entries, entries
  end
  local names = {}
  for i = 1, total do
    names[i] = seeker_key(sub(entries[i], 1, 16))
  end
  local searches = call('MGET', unpack(names))
  for i = 1, total do
    searches[i] = living(entries[i], searches[i])
  end
  return entries, searches
end

-- The names in a search that stand between two `mark`s.
local function names_in(tags, mark)
  local names, at = {}, contains(tags, mark, 1, true)
  while at do
    local stop = contains(tags, mark, at + 1, true)
    if stop then
      names[#names + 1] = sub(tags, at + 1, stop - 1)
    end
    at = stop
  end
  return names
end

local function sweep(front, back, lease)
  local entries, searches = entries_of(back, 0, SWEPT)
  call('LTRIM', back, #entries, -1)
  local kept = {}
  for i = 1, #entries do
    if searches[i] then
      kept[#kept + 1] = entries[i]
    end
  end
  if #kept > 0 then
    call('RPUSH', front, unpack(kept))
    call('EXPIRE', front, lease)
  end
  if #entries < SWEPT and call('EXISTS', front) == 1 then
    call('RENAME', front, back)
  end
end

-- The queues that come with a `place`: 1 or 2, as in the field `queued`.
local function queues_of(search, place)
  local tags = sub(search, 56)
  local names = names_in(tags, place == 1 and '\1' or '\2')
  local kind = place == 1 and 'interest:' or 'language:'
  for i = 1, #names do
    names[i] = kind .. names[i]
  end
  if place == 1 then
    names[#names + 1] = 'all'
  end
  return names
end

-- Those in the table `renewed` already are left out, and the others put into it.
local function renew_queues(search, lease, renewed)
  for place = 1, byte(search, 30) - 48 do
    for _, name in ipairs(queues_of(search, place)) do
      if not renewed[name] then
        renewed[name] = true
        call('EXPIRE', queue_key(name, 'front'), lease)
        call('EXPIRE', queue_key(name, 'back'), lease)
      end
    end
  end
end

-- Who waits in the part that is not pushed to renews it.
local function push(name, entry, is_back, lease)
  local front, back = queue_key(name, 'front'), queue_key(name, 'back')
  if is_back then
    call('LPUSH', front, entry)
    call('EXPIRE', front, lease)
    return
  end
  local length = call('RPUSH', back, entry)
  call('EXPIRE', back, lease)
  if length % SWEEP_EVERY == 0 then
    sweep(front, back, lease)
  end
end

-- Saves a search, before a sweep comes across its entries, and lets it stand in its queues up to
-- `place`.
local function enqueue(participant, search, place, now, lease)
  local before = byte(search, 30) - 48
  renew_queues(search, lease, {})
  search = sub(search, 1, 29) .. math.max(before, place) .. sub(search, 31)
  save(participant, search, lease)
  local is_back = now - since_of(search) >= BACK_AFTER_MS
  local entry = participant .. sub(search, 17, 20)
  for newly = before + 1, place do
    for _, name in ipairs(queues_of(search, newly)) do
      push(name, entry, newly == 1 and is_back, lease)
    end
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
  local record = sub(other, 1, 8) .. struct.pack('>I4', math.floor(now / 1000))
  local packed = record .. (call('GET', key) or '')
  call('SET', key, sub(packed, 1, 12 * kept), 'EX', recent_s)
end
