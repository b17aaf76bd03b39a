-- erynoa_execution::Mana::{take, left, give_back}, in one step.
-- KEYS[1]: "level at" of an account, billionths of mana and microseconds.
-- ARGV: what to do, the most it holds and what it gains a microsecond, both in
-- billionths, now, and prices in billionths: any number of them to take, one
-- after the other; one to give back; none to look.
-- Gives the level after each take; with a minus sign, and as it is, where there
-- is not enough. Else the level after it.
--
-- The numbers have up to 128 bits and those of Lua 53, so they are lists of
-- seven digits each, the last ones first.
local BASE, DIGITS = 10000000, 7

local function parse(text)
  local n = {}
  for i = #text, 1, -DIGITS do
    n[#n + 1] = tonumber(string.sub(text, math.max(1, i - DIGITS + 1), i))
  end
  return n
end

local function trim(n)
  while #n > 1 and n[#n] == 0 do n[#n] = nil end
  return n
end

local function show(n)
  local parts = { string.format('%d', n[#n]) }
  for i = #n - 1, 1, -1 do parts[#parts + 1] = string.format('%07d', n[i]) end
  return table.concat(parts)
end

local function less(a, b)
  if #a ~= #b then return #a < #b end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] end
  end
  return false
end

local function least(a, b)
  if less(a, b) then return a end
  return b
end

local function add(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local digit = (a[i] or 0) + (b[i] or 0) + carry
    carry = math.floor(digit / BASE)
    sum[i] = digit - carry * BASE
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return sum
end

-- a - b, where b is not greater.
local function subtract(a, b)
  local difference, borrow = {}, 0
  for i = 1, #a do
    local digit = a[i] - (b[i] or 0) - borrow
    borrow = digit < 0 and 1 or 0
    difference[i] = digit + borrow * BASE
  end
  return trim(difference)
end

local function multiply(a, b)
  local product = {}
  for i = 1, #a + #b do product[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do
      local digit = product[i + j - 1] + a[i] * b[j] + carry
      carry = math.floor(digit / BASE)
      product[i + j - 1] = digit - carry * BASE
    end
    product[i + #b] = product[i + #b] + carry
  end
  return trim(product)
end

local what = ARGV[1]
local max, refill, now = parse(ARGV[2]), parse(ARGV[3]), parse(ARGV[4])

-- An account that is not remembered is full.
local level, at = max, now
local stored = redis.call('GET', KEYS[1])
if stored then
  local space = string.find(stored, ' ', 1, true)
  level = parse(string.sub(stored, 1, space - 1))
  at = parse(string.sub(stored, space + 1))
  if less(at, now) then
    level = add(level, multiply(refill, subtract(now, at)))
    at = now
  end
  level = least(level, max)
end

local said, changed = {}, false
if what == 'take' then
  for i = 5, #ARGV do
    local price = parse(ARGV[i])
    if less(level, price) then
      said[#said + 1] = '-' .. show(level)
    else
      level = subtract(level, price)
      said[#said + 1] = show(level)
      changed = true
    end
  end
else
  if what == 'give_back' and stored then
    level = least(add(level, parse(ARGV[5])), max)
    changed = true
  end
  said[1] = show(level)
end
if not changed then return said end

-- It is forgotten a minute after it is full, so that clocks may differ by one.
local missing = tonumber(show(subtract(max, level)))
local life = math.min(missing / tonumber(show(refill)) / 1000 + 60000, 2 ^ 40)
redis.call('SET', KEYS[1], show(level) .. ' ' .. show(at), 'PX', string.format('%.0f', life))
return said
