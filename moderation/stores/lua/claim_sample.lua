-- Takes a stream's waiting submission, so that exactly one worker has it. What nobody has seen and
-- its relay will have given up before it is judged is dropped here: its bytes don't travel in vain.
-- KEYS     slots, in the order in which they are looked into (hashes)
-- ARGV[1]  what has an earlier deadline (Unix ms) is dropped
-- ARGV[2…] if it is of one of these purposes
-- Returns  the packed sample; 0 when it was dropped; nil when no slot holds one
for _, slot in ipairs(KEYS) do
  local found = redis.call('HMGET', slot, 'sample', 'purpose', 'deadline_ms')
  if found[1] then
    redis.call('DEL', slot)
    for n = 2, #ARGV do
      if found[2] == ARGV[n] and tonumber(found[3]) < tonumber(ARGV[1]) then return 0 end
    end
    return found[1]
  end
end
return false
