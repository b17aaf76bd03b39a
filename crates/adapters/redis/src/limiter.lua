-- The generic cell rate algorithm of erynoa_cache::Rate::admit, in one step.
-- KEYS[1]: when the next one is due, microseconds. ARGV: interval, burst, now,
-- all microseconds and below 2^53, in which numbers are exact here.
-- Gives 0, or in how many milliseconds it may pass.
local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
due = math.min(math.max(due, now), now + burst)
local following = due + interval
local early = following - now - burst
if early > 0 then
  return math.ceil(early / 1000)
end
-- A key that is due is like one that was never seen. It is forgotten a minute
-- later, so that clocks may differ by one.
local life = math.ceil((following - now) / 1000) + 60000
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', string.format('%.0f', life))
return 0
