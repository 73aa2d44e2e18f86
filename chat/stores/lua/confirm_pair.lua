-- Makes a claim a pair, if nobody left meanwhile and the claim has not lapsed.
-- Atomic because: leaving and pairing race, and exactly one of them may win.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 and 2 the participants (16 bytes each), 3 conversation (16 bytes), 4 now (Unix ms),
--       5 how long a meeting is recent (s), 6 how many meetings are kept
-- Returns 1, or 0 when either is no longer claimed for this conversation.
-- TTL: the seekers' leases stay; meetings last ARGV 5.
local conversation, now, kept = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[6])
local pair = {load(ARGV[1]), load(ARGV[2])}
for i = 1, 2 do
  local search = pair[i]
  if not search or not is_claimed(search, now) or sub(search, 40, 55) ~= conversation then
    return 0
  end
end
for i = 1, 2 do
  save(ARGV[i], with_state(pair[i], 'p', now, conversation))
  note_meeting(sub(pair[i], 1, 16), sub(pair[3 - i], 1, 16), now, ARGV[5], kept)
end
return 1
