-- Ends a search; safe to run twice, and before the search was heard of.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 participant (16 bytes), 2 device (16 bytes), 3 epoch of the search, 4 lease (s)
-- Returns the conversation (16 bytes) when the search had led to one already, else ''.
-- A newer search of the same participant stays. What was sent for this one before it was left,
-- and comes later, finds it left: a seeker who is no longer there must not wait for anybody.
-- TTL: the lease, after which nothing of the search can still be under way.
local epoch, search = tonumber(ARGV[3]), load(ARGV[1])
if search and epoch_of(search) > epoch then
  return ''
end
local left = ARGV[2] .. struct.pack('>I4d', epoch, 0) .. 'l0a' .. NO_CLAIM
save(ARGV[1], left, ARGV[4])
if search and epoch_of(search) == epoch and byte(search, 29) == PAIRED then
  return sub(search, 40, 55)
end
return ''
