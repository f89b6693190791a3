-- first page
SELECT `ts`, `driver id`, `day`, `rate` FROM `fea"tures`.`dri``vers` WHERE `ts` IS NOT NULL ORDER BY `ts`, `driver id`, `day` LIMIT 10

-- beginning of a poll
SELECT `ts`, `driver id`, `day`, `rate` FROM `fea"tures`.`dri``vers` WHERE `ts` >= toDateTime64(?, 9, 'UTC') AND `ts` <= toDateTime64(?, 9, 'UTC') ORDER BY `ts`, `driver id`, `day` LIMIT 10
--   1: {9 2026-11-01 12:00:00.123456789}
--   2: {9 2026-11-01 12:00:00.123456789}

-- next page
SELECT `ts`, `driver id`, `day`, `rate` FROM `fea"tures`.`dri``vers` WHERE (`ts`, `driver id`, `day`) >= (toDateTime64(?, 9, 'UTC'), ?, ?) AND `ts` <= toDateTime64(?, 9, 'UTC') ORDER BY `ts`, `driver id`, `day` LIMIT 10
--   1: {9 2026-11-01 12:00:00.123456789}
--   2: {1 7}
--   3: {7 monday}
--   4: {9 2026-11-01 12:00:00.123456789}

-- query
SELECT `ts`, `driver id`, `day`, `rate` FROM (SELECT * FROM t WHERE a > 5
) AS `source` WHERE `ts` IS NOT NULL ORDER BY `ts`, `driver id`, `day` LIMIT 10

-- summary
SELECT lv, sp, count(*), max(ns), count(p0), count(CASE WHEN (x0 < ? OR x0 > ?) AND x0 <> ? THEN 1 END), count(CASE WHEN x0 = ? THEN 1 END), count(p1) FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, if(isNaN(toFloat64(`rate`)), NULL, toFloat64(`rate`)) AS p0, if(isNaN(toFloat64(`rate`)), NULL, toFloat64(`rate`)) AS x0, `city` AS p1 FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g GROUP BY lv, sp
--   1: {3 0}
--   2: {3 5}
--   3: {3 -999}
--   4: {3 -999}
--   5: {9 2026-11-01 12:00:00.123456789}

-- bins
SELECT lv, sp, arrayStringConcat(groupArray(concat(toString(bin), ':', toString(n))), ','), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN m END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN y END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN q END), min(CASE WHEN bin BETWEEN 0 AND 4 THEN lo END), max(CASE WHEN bin BETWEEN 0 AND 4 THEN hi END), sum(CASE WHEN bin = 0 THEN m END), sum(CASE WHEN bin = 0 THEN t END), sum(CASE WHEN bin = 4 THEN m END), sum(CASE WHEN bin = 4 THEN t END) FROM (SELECT lv, sp, bin, count(*) AS n, count(v) AS m, sum(v) AS t, sum(v - ?) AS y, sum((v - ?) * (v - ?)) AS q, min(x) AS lo, max(x) AS hi FROM (SELECT lv, sp, x, CASE WHEN abs(x) <= 1e140 THEN x END AS v, CASE WHEN x < -1.7976931348623157e308 THEN -1 WHEN x > 1.7976931348623157e308 THEN 5 ELSE CASE WHEN x <= ? THEN CASE WHEN x <= ? THEN CASE WHEN x <= ? THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN x <= ? THEN 3 ELSE 4 END END END AS bin FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, if(isNaN(toFloat64(`rate`)), NULL, toFloat64(`rate`)) AS x FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL) AS b GROUP BY lv, sp, bin) AS j GROUP BY lv, sp
--   1: {3 0.5}
--   2: {3 0.5}
--   3: {3 0.5}
--   4: {3 2}
--   5: {3 0.1}
--   6: {3 -1.5}
--   7: {3 3e+10}
--   8: {9 2026-11-01 12:00:00.123456789}

-- words
SELECT lv, sp, k, count(*) FROM (SELECT lv, sp, w, CASE WHEN w IN (?, ?) THEN w END AS k FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, toString(`city`) AS w FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE w IS NOT NULL) AS c GROUP BY lv, sp, k
--   1: {7 Berlin}
--   2: {7 O'Hare}
--   3: {9 2026-11-01 12:00:00.123456789}

-- words of numbers
SELECT lv, sp, k, count(*) FROM (SELECT lv, sp, w, CASE WHEN w IN (?, ?) THEN w END AS k FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, if(isNaN(toFloat64(`flag`)), NULL, toFloat64(`flag`)) AS w FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE w IS NOT NULL) AS c GROUP BY lv, sp, k
--   1: {3 0}
--   2: {3 1}
--   3: {9 2026-11-01 12:00:00.123456789}

-- hashes of numbers
SELECT lv, sp, arrayStringConcat(groupArray(char(intDiv(rg, 64) + 48, rg % 64 + 48, rk + 48))) FROM (SELECT lv, sp, rg, if(min(rest) = 0, 54, 53 - toUInt8(floor(log2(min(rest))))) AS rk FROM (SELECT lv, sp, bitAnd(sipHash64(x), 2047) AS rg, bitShiftRight(sipHash64(x), 11) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, if(isNaN(toFloat64(`rate`)), NULL, toFloat64(`rate`)) AS x FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {9 2026-11-01 12:00:00.123456789}

-- hashes of texts
SELECT lv, sp, arrayStringConcat(groupArray(char(intDiv(rg, 64) + 48, rg % 64 + 48, rk + 48))) FROM (SELECT lv, sp, rg, if(min(rest) = 0, 54, 53 - toUInt8(floor(log2(min(rest))))) AS rk FROM (SELECT lv, sp, bitAnd(sipHash64(x), 2047) AS rg, bitShiftRight(sipHash64(x), 11) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, toString(`city`) AS x FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL AND x NOT IN (?, ?)) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {9 2026-11-01 12:00:00.123456789}
--   2: {7 Berlin}
--   3: {7 O'Hare}

-- hashes of categories that are numbers
SELECT lv, sp, arrayStringConcat(groupArray(char(intDiv(rg, 64) + 48, rg % 64 + 48, rk + 48))) FROM (SELECT lv, sp, rg, if(min(rest) = 0, 54, 53 - toUInt8(floor(log2(min(rest))))) AS rk FROM (SELECT lv, sp, bitAnd(sipHash64(x), 2047) AS rg, bitShiftRight(sipHash64(x), 11) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT toUnixTimestamp64Nano(toDateTime64(`ts`, 9, 'UTC')) AS ns, if(isNaN(toFloat64(`flag`)), NULL, toFloat64(`flag`)) AS x FROM `fea"tures`.`dri``vers` WHERE `ts` <= toDateTime64(?, 9, 'UTC')) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL AND x NOT IN (?, ?)) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {9 2026-11-01 12:00:00.123456789}
--   2: {3 0}
--   3: {3 1}
