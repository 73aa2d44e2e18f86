-- Notes devices that another never meets.
-- Atomic because: two blocks at once must both be kept.
-- KEYS: 1 what the pool's keys begin with
-- ARGV: 1 device (16 bytes), 2 TTL (s), then 8 bytes of each device to avoid
-- Returns how many are avoided now. TTL: ARGV 2, from now on.
local key = base .. 'avoid:' .. ARGV[1]
local packed = call('GET', key) or ''
for i = 3, #ARGV do
  if not find(packed, ARGV[i], 8) then
    packed = packed .. ARGV[i]
  end
end
call('SET', key, packed, 'EX', ARGV[2])
return #packed / 8
