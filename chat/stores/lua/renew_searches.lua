-- Renews the leases of many searches at once, without looking for anybody.
-- Atomic because: it need not be; one call for many searches is what it is for.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 lease (s), then pairs of participant (16 bytes) and epoch
-- Returns per pair: 1 waiting or claimed, 0 anything else (to be looked into).
-- TTL: the lease, for the seeker and the queues it stands in.
local lease, answers, renewed = ARGV[1], {}, {}
for i = 2, #ARGV, 2 do
  local entry = ARGV[i] .. struct.pack('>I4', tonumber(ARGV[i + 1]))
  local search = living(entry, load(ARGV[i]))
  if search then
    call('EXPIRE', seeker_key(ARGV[i]), lease)
    renew_queues(search, lease, renewed)
  end
  answers[#answers + 1] = search and 1 or 0
end
return answers
