-- Gives one side of a claim back: to waiting, with the original waiting time, or out of the pool.
-- Atomic because: the claim may have lapsed, and a newer one must not be undone.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 participant (16 bytes), 2 conversation (16 bytes), 3 state to take: w(aiting) or
--       r(efused), 4 now (Unix ms), 5 lease (s)
-- Returns 1, or 0 when the search is not claimed for this conversation. TTL: the lease for who
-- waits on and their queues, else unchanged.
local search = load(ARGV[1])
if not search or byte(search, 29) ~= CLAIMED or sub(search, 40, 55) ~= ARGV[2] then
  return 0
end
search = with_state(search, ARGV[3])
if ARGV[3] == 'w' then
  enqueue(ARGV[1], search, 1, tonumber(ARGV[4]), ARGV[5])
else
  save(ARGV[1], search)
end
return 1
