-- Gives one side of a claim back: to waiting, with the original waiting time, or out of the pool.
-- Atomic because: the claim may have lapsed, and a newer one must not be undone.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 participant (16 bytes), 2 conversation (16 bytes), 3 state to take: waiting or refused,
--       4 now (Unix ms), 5 lease (s)
-- Returns 1, or 0 when the search is not claimed for this conversation. TTL: unchanged for the
-- search, the lease for its queues.
local search = load(ARGV[1])
if not search or search[STATE] ~= 'claimed' or search[CONVERSATION] ~= ARGV[2] then
  return 0
end
search[STATE], search[CONVERSATION], search[CLAIMED] = ARGV[3], '', 0
save(ARGV[1], search)
if ARGV[3] == 'waiting' then
  enqueue(ARGV[1], search, tonumber(ARGV[4]))
  renew_queues(search, ARGV[5])
end
return 1
