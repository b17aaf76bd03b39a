-- KEYS[1]: a value. ARGV: the one to put down, and for how many milliseconds.
-- Gives the one that lies there already, which stays.
local there = redis.call('GET', KEYS[1])
if there then return there end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
