/// What ``SharedLimits`` has Redis do: as ``Admission`` decides, for all replicas at once, by the clock of Redis.
///
/// Of each key there is one hash: of each bucket the level, when that was, and the capacity then; of each budget period what
/// was spent in it; and what calls have reserved, summed up by when a reservation that nobody settles comes back. It is
/// forgotten when it says the same as none, which what was spent of a `total` never does.
enum SharedLimitScripts {
    /// `period_end(period, seconds)`: the first second of the next period of the UTC calendar, as ``Budget/Period``
    /// counts; nil for `total`. (Days of the month by Howard Hinnant's algorithm, see ``CivilDate``.)
    static let calendar = """
        local function day_of_month(days)
          local shifted = days + 719468
          local in_era = shifted % 146097
          local year = math.floor((in_era - math.floor(in_era / 1460) + math.floor(in_era / 36524)
            - math.floor(in_era / 146096)) / 365)
          local in_year = in_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
          local from_march = math.floor((5 * in_year + 2) / 153)
          return in_year - math.floor((153 * from_march + 2) / 5) + 1
        end
        local function period_end(period, seconds)
          local days = math.floor(seconds / 86400)
          if period == 'day' then return (days + 1) * 86400 end
          if period == 'week' then return (days + 7 - (days + 3) % 7) * 86400 end
          if period == 'month' then
            local later = days - day_of_month(days) + 32
            return (later - day_of_month(later) + 1) * 86400
          end
          return nil
        end

        """

    /// What both scripts begin with: the time, what is known of the key, and how a bucket and a budget have gone on since.
    private static let knowledge =
        calendar + """
            local time = redis.call('TIME')
            local seconds = tonumber(time[1])
            local now = seconds * 1000000 + tonumber(time[2])
            local key = KEYS[1]
            local known, raw = {}, redis.call('HGETALL', key)
            for i = 1, #raw, 2 do known[raw[i]] = raw[i + 1] end
            local changes, lasts = {}, 0

            local function bucket(name, rate, capacity)
              local level, at = tonumber(known[name .. '.level']), tonumber(known[name .. '.at'])
              if not level then return capacity, now end
              local was = tonumber(known[name .. '.capacity'])
              level = math.min(was, level + math.max(0, now - at) / 1000000 * rate)
              if was ~= capacity and level > 0 then level = level * capacity / was end
              return level, math.max(now, at)
            end
            local function keep(name, level, at, rate, capacity)
              changes[#changes + 1] = name .. '.level'
              changes[#changes + 1] = string.format('%.17g', level)
              changes[#changes + 1] = name .. '.at'
              changes[#changes + 1] = string.format('%.0f', at)
              changes[#changes + 1] = name .. '.capacity'
              changes[#changes + 1] = string.format('%.0f', capacity)
              lasts = math.max(lasts, (capacity - level) / rate)
            end

            -- What is spent where nothing is known of it.
            local initial = '0'
            local function budget(period)
              local ends = tonumber(known[period .. '.end'])
              if not ends then return tonumber(initial), period_end(period, seconds) end
              if seconds < ends then
                -- A clock that was far ahead has begun it: it ends when the present one does.
                local latest = period_end(period, seconds + \(Budget.patience))
                if latest and latest < ends then
                  ends = period_end(period, seconds)
                  known[period .. '.end'] = string.format('%.0f', ends)
                  changes[#changes + 1] = period .. '.end'
                  changes[#changes + 1] = known[period .. '.end']
                end
                return tonumber(known[period .. '.spent'] or '0'), ends
              end
              if period == 'total' then return tonumber(known[period .. '.spent'] or '0'), nil end
              known[period .. '.spent'], initial = nil, '0'
              return 0, period_end(period, seconds)
            end
            local function spend(period, amount)
              local _, ends = budget(period)
              if not known[period .. '.spent'] then
                known[period .. '.spent'] = initial
                redis.call('HSET', key, period .. '.spent', initial, period .. '.end', string.format('%.0f', ends or 0))
              end
              if amount ~= '0' then redis.call('HINCRBY', key, period .. '.spent', amount) end
              lasts = math.max(lasts, ends and ends - seconds or 0)
            end

            local function finish()
              if #changes > 0 then redis.call('HSET', key, unpack(changes)) end
              if known['total.spent'] then
                redis.call('PERSIST', key)
                return
              end
              local ttl = math.ceil(lasts) + 60
              if redis.call('TTL', key) < ttl then redis.call('EXPIRE', key, string.format('%.0f', ttl)) end
            end

            """

    /// Takes a request, tokens and money, or nothing.
    ///
    /// Takes the rates per second and the capacities of both buckets (a capacity of 0: no limit), the tokens, the budget
    /// (empty: none), its period, the cost, for how many seconds the money is held at most, and what is spent of the budget
    /// already where Redis knows nothing of it.
    ///
    /// Returns what refused (0: nothing, then in the order of ``SharedReservationReply/limits``), for how many microseconds
    /// (-1: for good), of both buckets what remains and in how many microseconds they are full, the tokens that were taken,
    /// and until which second the money is held.
    static let reserve = RedisScript(
        knowledge + """
            local requests = { rate = tonumber(ARGV[1]), capacity = tonumber(ARGV[2]) }
            local tokens = { rate = tonumber(ARGV[3]), capacity = tonumber(ARGV[4]) }
            local limit, period, cost = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
            local holding = tonumber(ARGV[9])
            initial = ARGV[10]
            local charge = math.min(tonumber(ARGV[5]), tokens.capacity)
            local refused, pause, free = 0, 0, true

            if requests.capacity > 0 then
              requests.level, requests.at = bucket('requests', requests.rate, requests.capacity)
              if requests.level + 1e-6 < 1 then
                refused, pause = 1, (1 - requests.level) / requests.rate
              end
            end
            local by_requests = refused ~= 0
            if tokens.capacity > 0 then
              tokens.level, tokens.at = bucket('tokens', tokens.rate, tokens.capacity)
              if not by_requests and tokens.level + 1e-6 < charge then
                refused, pause = 2, (charge - tokens.level) / tokens.rate
              end
            end
            if limit and cost > 0 and not by_requests then
              local spent, ends = budget(period)
              local held = 0
              for field, amount in pairs(known) do
                local until_second = string.match(field, '^hold%.(%d+)$')
                if until_second then
                  if tonumber(until_second) > seconds then held = held + tonumber(amount)
                  else redis.call('HDEL', key, field) end
                end
              end
              if spent + held >= limit then
                local left = ends and math.max(1, ends - seconds) or -1
                if left < 0 or left > pause then refused, pause = 3, left end
              end
            end

            local hold = 0
            if refused == 0 then
              if requests.level then
                requests.level = requests.level - 1
                keep('requests', requests.level, requests.at, requests.rate, requests.capacity)
              end
              if tokens.level then
                tokens.level = tokens.level - charge
                keep('tokens', tokens.level, tokens.at, tokens.rate, tokens.capacity)
              end
              if limit then
                spend(period, '0')
                if cost > 0 then
                  local step = 1
                  while step * 16 < holding do step = step * 2 end
                  hold = math.ceil((seconds + holding) / step) * step
                  redis.call('HINCRBY', key, string.format('hold.%.0f', hold), ARGV[8])
                  lasts = math.max(lasts, hold - seconds)
                end
              end
              finish()
            end

            local function standing(bucket)
              if not bucket.level then return 0, 0 end
              return math.max(0, math.floor(bucket.level + 1e-6)),
                math.ceil(math.max(0, bucket.capacity - bucket.level) / bucket.rate * 1000000)
            end
            local requests_left, requests_full = standing(requests)
            local tokens_left, tokens_full = standing(tokens)
            if pause > 0 then pause = math.ceil(pause * 1000000) end
            return { refused, pause, requests_left, requests_full, tokens_left, tokens_full, charge, hold }
            """)

    /// Replaces a reservation by what was really used.
    ///
    /// Takes the rates per second and the capacities of both buckets (a capacity of 0: nothing was taken), how many
    /// requests go back, the tokens that were taken and those that were used, the money that was held (`0`: none) and until
    /// which second, the budget's period (empty: none), and the cost.
    static let settle = RedisScript(
        knowledge + """
            local function change(name, rate, capacity, difference)
              if capacity == 0 or difference == 0 then return end
              local level, at = bucket(name, rate, capacity)
              keep(name, math.min(capacity, level + difference), at, rate, capacity)
            end
            change('requests', tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5]))
            change('tokens', tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6]) - tonumber(ARGV[7]))
            local hold = 'hold.' .. ARGV[9]
            if ARGV[8] ~= '0' and known[hold] then
              if redis.call('HINCRBY', key, hold, '-' .. ARGV[8]) <= 0 then redis.call('HDEL', key, hold) end
            end
            -- Where the budget's record was lost meanwhile, the next reservation begins it with all that was spent.
            if ARGV[10] ~= '' and ARGV[11] ~= '0' and known[ARGV[10] .. '.end'] then spend(ARGV[10], ARGV[11]) end
            if #changes > 0 or lasts > 0 then finish() end
            return 1
            """)
}
