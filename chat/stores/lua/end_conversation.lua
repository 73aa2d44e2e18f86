-- Ends a conversation, once.
-- Atomic because: of next, leave, report, a cut and a lost side, exactly one may be the reason.
-- KEYS: 1 the conversation (hash), 2 and 3 the inboxes of both sides (lists)
-- ARGV: 1 ended by, 2 offending side or '', 3 rule or '', 4 sides that search on ('', a, b or ab)
-- Returns 1 for the first caller, 0 for every other and for an unknown conversation.
-- TTL: unchanged (24 h from the newest join), so that late reports find the record.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended_by') == 1 then
  return 0
end
redis.call('HSET', KEYS[1],
  'ended_by', ARGV[1], 'offender', ARGV[2], 'rule', ARGV[3], 'search_on', ARGV[4])
redis.call('HDEL', KEYS[1], 'key_a', 'key_b')
redis.call('DEL', KEYS[2], KEYS[3])
return 1
