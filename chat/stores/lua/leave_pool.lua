-- Ends a search; safe to run twice, and before the search was heard of.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 participant (16 bytes), 2 epoch of the search, 3 lease (s)
-- Returns the conversation (16 bytes) when the search had led to one already, else ''.
-- A newer search of the same participant stays. What was sent for this one before it was left,
-- and comes later, finds it left: a seeker who is no longer there must not wait for anybody.
-- TTL: the lease, after which nothing of the search can still be under way.
local epoch, search = tonumber(ARGV[2]), load(ARGV[1])
if search and search[EPOCH] > epoch then
  return ''
end
save(ARGV[1], {'', epoch, 0, 'left', {}, {}, '', '', 0, false}, ARGV[3])
if search and search[EPOCH] == epoch and search[STATE] == 'paired' then
  return search[CONVERSATION]
end
return ''
