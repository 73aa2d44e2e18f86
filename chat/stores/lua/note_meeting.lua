-- Lets a meeting in another pool count as recent in this one, too.
-- Atomic because: two meetings at once must both be kept.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 and 2 the devices (16 bytes each), 3 now (Unix ms), 4 how long it is recent (s),
--       5 how many meetings are kept
-- Returns 1. TTL: ARGV 4.
for i = 1, 2 do
  note_meeting(ARGV[i], ARGV[3 - i], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]))
end
return 1
