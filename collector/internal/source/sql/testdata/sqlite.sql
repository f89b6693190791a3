-- first page
SELECT +"ts" AS "ts", +"driver id" AS "driver id", +"day" AS "day", +"rate" AS "rate" FROM "fea""tures"."dri`vers" WHERE "ts" IS NOT NULL ORDER BY "ts", "driver id", "day" LIMIT 10

-- beginning of a poll
SELECT +"ts" AS "ts", +"driver id" AS "driver id", +"day" AS "day", +"rate" AS "rate" FROM "fea""tures"."dri`vers" WHERE "ts" >= ? AND "ts" <= ? ORDER BY "ts", "driver id", "day" LIMIT 10
--   1: {7 2026-11-01 12:00:00}
--   2: {7 2026-11-01 12:00:00}

-- next page
SELECT +"ts" AS "ts", +"driver id" AS "driver id", +"day" AS "day", +"rate" AS "rate" FROM "fea""tures"."dri`vers" WHERE ("ts", "driver id", "day") >= (?, ?, ?) AND "ts" <= ? ORDER BY "ts", "driver id", "day" LIMIT 10
--   1: {7 2026-11-01 12:00:00}
--   2: {1 7}
--   3: {7 monday}
--   4: {7 2026-11-01 12:00:00}

-- query
SELECT +"ts" AS "ts", +"driver id" AS "driver id", +"day" AS "day", +"rate" AS "rate" FROM (SELECT * FROM t WHERE a > 5
) AS "source" WHERE "ts" IS NOT NULL ORDER BY "ts", "driver id", "day" LIMIT 10

-- summary
SELECT lv, sp, count(*), max(ns), count(p0), count(CASE WHEN (x0 < ? OR x0 > ?) AND x0 <> ? THEN 1 END), count(CASE WHEN x0 = ? THEN 1 END), count(p1) FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, "rate" AS p0, (CASE WHEN typeof("rate") IN ('integer', 'real') THEN CAST("rate" AS REAL) END) AS x0, "city" AS p1 FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g GROUP BY lv, sp
--   1: {3 0}
--   2: {3 5}
--   3: {3 -999}
--   4: {3 -999}
--   5: {7 2026-11-01 12:00:00}

-- bins
SELECT lv, sp, group_concat(bin || ':' || n), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN m END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN y END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN q END), min(CASE WHEN bin BETWEEN 0 AND 4 THEN lo END), max(CASE WHEN bin BETWEEN 0 AND 4 THEN hi END), sum(CASE WHEN bin = 0 THEN m END), sum(CASE WHEN bin = 0 THEN t END), sum(CASE WHEN bin = 4 THEN m END), sum(CASE WHEN bin = 4 THEN t END) FROM (SELECT lv, sp, bin, count(*) AS n, count(v) AS m, sum(v) AS t, sum(v - ?) AS y, sum((v - ?) * (v - ?)) AS q, min(x) AS lo, max(x) AS hi FROM (SELECT lv, sp, x, CASE WHEN abs(x) <= 1e140 THEN x END AS v, CASE WHEN x < -1.7976931348623157e308 THEN -1 WHEN x > 1.7976931348623157e308 THEN 5 ELSE CASE WHEN x <= ? THEN CASE WHEN x <= ? THEN CASE WHEN x <= ? THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN x <= ? THEN 3 ELSE 4 END END END AS bin FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("rate") IN ('integer', 'real') THEN CAST("rate" AS REAL) END) AS x FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL) AS b GROUP BY lv, sp, bin) AS j GROUP BY lv, sp
--   1: {3 0.5}
--   2: {3 0.5}
--   3: {3 0.5}
--   4: {3 2}
--   5: {3 0.1}
--   6: {3 -1.5}
--   7: {3 3e+10}
--   8: {7 2026-11-01 12:00:00}

-- words
SELECT lv, sp, k, count(*) FROM (SELECT lv, sp, w, CASE WHEN w IN (?, ?) THEN w END AS k FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("city") IN ('integer', 'real') THEN CAST("city" AS REAL) ELSE CAST("city" AS TEXT) END) COLLATE BINARY AS w FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE w IS NOT NULL) AS c GROUP BY lv, sp, k
--   1: {7 Berlin}
--   2: {7 O'Hare}
--   3: {7 2026-11-01 12:00:00}

-- words of numbers
SELECT lv, sp, k, count(*) FROM (SELECT lv, sp, w, CASE WHEN w IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) THEN w END AS k FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("flag") IN ('integer', 'real') THEN CAST("flag" AS REAL) ELSE CAST("flag" AS TEXT) END) COLLATE BINARY AS w FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE w IS NOT NULL) AS c GROUP BY lv, sp, k
--   1: {7 false}
--   2: {7 False}
--   3: {7 FALSE}
--   4: {7 f}
--   5: {7 F}
--   6: {7 0}
--   7: {3 0}
--   8: {7 true}
--   9: {7 True}
--   10: {7 TRUE}
--   11: {7 t}
--   12: {7 T}
--   13: {7 1}
--   14: {3 1}
--   15: {7 2026-11-01 12:00:00}

-- hashes of numbers
SELECT lv, sp, group_concat(char(rg / 64 + 48, rg % 64 + 48, rk + 48), '') FROM (SELECT lv, sp, rg, max(rest) AS rk FROM (SELECT lv, sp, model_exporter_register(x) AS rg, model_exporter_rank(x) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("rate") IN ('integer', 'real') THEN CAST("rate" AS REAL) END) AS x FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {7 2026-11-01 12:00:00}

-- hashes of texts
SELECT lv, sp, group_concat(char(rg / 64 + 48, rg % 64 + 48, rk + 48), '') FROM (SELECT lv, sp, rg, max(rest) AS rk FROM (SELECT lv, sp, model_exporter_register(x) AS rg, model_exporter_rank(x) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("city") IN ('integer', 'real') THEN CAST("city" AS REAL) ELSE CAST("city" AS TEXT) END) COLLATE BINARY AS x FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL AND x NOT IN (?, ?)) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {7 2026-11-01 12:00:00}
--   2: {7 Berlin}
--   3: {7 O'Hare}

-- hashes of categories that are numbers
SELECT lv, sp, group_concat(char(rg / 64 + 48, rg % 64 + 48, rk + 48), '') FROM (SELECT lv, sp, rg, max(rest) AS rk FROM (SELECT lv, sp, model_exporter_register(x) AS rg, model_exporter_rank(x) AS rest FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CAST(strftime('%s', "ts") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', "ts"), 4) AS INTEGER) * 1000000) AS ns, (CASE WHEN typeof("flag") IN ('integer', 'real') THEN CAST("flag" AS REAL) ELSE CAST("flag" AS TEXT) END) COLLATE BINARY AS x FROM "fea""tures"."dri`vers" WHERE "ts" <= ? LIMIT -1) AS r WHERE ns >= 1793448000000000000) AS g WHERE x IS NOT NULL AND x NOT IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)) AS h GROUP BY lv, sp, rg) AS j GROUP BY lv, sp
--   1: {7 2026-11-01 12:00:00}
--   2: {7 false}
--   3: {7 False}
--   4: {7 FALSE}
--   5: {7 f}
--   6: {7 F}
--   7: {7 0}
--   8: {3 0}
--   9: {7 true}
--   10: {7 True}
--   11: {7 TRUE}
--   12: {7 t}
--   13: {7 T}
--   14: {7 1}
--   15: {3 1}
