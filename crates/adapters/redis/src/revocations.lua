-- KEYS[1]: until when a session is revoked, microseconds. ARGV: until, now.
-- The later end of two holds.
local stored = tonumber(redis.call('GET', KEYS[1]) or '0')
local till, now = tonumber(ARGV[1]), tonumber(ARGV[2])
if till > stored and till > now then
  -- A minute longer than it counts, so that clocks may differ by one.
  local life = math.ceil((till - now) / 1000) + 60000
  redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', life))
end
return 1
