-- Takes a stream's waiting submission, so that exactly one worker has it.
-- KEYS     slots, in the order in which they are looked into (hashes)
-- Returns  the packed sample, or nil when no slot holds one
for _, slot in ipairs(KEYS) do
  local sample = redis.call('HGET', slot, 'sample')
  if sample then
    redis.call('DEL', slot)
    return sample
  end
end
return false
