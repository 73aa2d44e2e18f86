-- Puts a submission into its slot. Atomic, because whether it may be replaced depends on what lies
-- there: a window that its relay still waits for is never overwritten (I1), a farewell never.
-- KEYS[1]  the slot (hash)
-- ARGV[1]  purpose: window | sample | farewell
-- ARGV[2]  deadline, Unix ms
-- ARGV[3]  now, Unix ms
-- ARGV[4]  the packed sample
-- ARGV[5]  TTL of the slot, s
-- ARGV[6]  ms after which a task that has not come for its sample counts as lost
-- Returns  new | replaced | overdue (a new task is needed) | occupied | kept (an older farewell)
-- TTL      ARGV[5] from now
local found = redis.call('HMGET', KEYS[1], 'purpose', 'deadline_ms', 'queued_ms')
local now = tonumber(ARGV[3])
local answer = 'new'
local queued = now
if found[1] == 'farewell' then
  if now - tonumber(found[3]) <= tonumber(ARGV[6]) then return 'kept' end
  redis.call('HSET', KEYS[1], 'queued_ms', string.format('%.0f', now))
  return 'overdue'
end
if found[1] then
  if found[1] == 'window' then
    if tonumber(found[2]) >= now then return 'occupied' end
    answer = 'overdue'
  elseif now - tonumber(found[3]) > tonumber(ARGV[6]) then
    answer = 'overdue'
  else
    answer = 'replaced'
    queued = tonumber(found[3])
  end
end
redis.call('HSET', KEYS[1], 'purpose', ARGV[1], 'deadline_ms', ARGV[2],
  'queued_ms', string.format('%.0f', queued), 'sample', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return answer
