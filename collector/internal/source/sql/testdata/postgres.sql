-- first page
SELECT "ts", "driver id", "day", "rate" FROM "fea""tures"."dri`vers" WHERE "ts" IS NOT NULL ORDER BY "ts", "driver id", "day" LIMIT 10

-- beginning of a poll
SELECT "ts", "driver id", "day", "rate" FROM "fea""tures"."dri`vers" WHERE "ts" >= $1 AND "ts" <= $2 ORDER BY "ts", "driver id", "day" LIMIT 10
--   1: {9 2026-11-01T12:00:00.123456Z}
--   2: {9 2026-11-01T12:00:00.123456Z}

-- next page
SELECT "ts", "driver id", "day", "rate" FROM "fea""tures"."dri`vers" WHERE ("ts", "driver id", "day") >= ($1, $2, $3) AND "ts" <= $4 ORDER BY "ts", "driver id", "day" LIMIT 10
--   1: {9 2026-11-01T12:00:00.123456Z}
--   2: {1 7}
--   3: {7 monday}
--   4: {9 2026-11-01T12:00:00.123456Z}

-- query
SELECT "ts", "driver id", "day", "rate" FROM (SELECT * FROM t WHERE a > 5
) AS "source" WHERE "ts" IS NOT NULL ORDER BY "ts", "driver id", "day" LIMIT 10

-- summary
SELECT lv, sp, count(*), max(ns), count(p0), count(CASE WHEN (x0 < $1 OR x0 > $2) AND x0 <> $3 THEN 1 END), count(CASE WHEN x0 = $4 THEN 1 END), count(p1) FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CASE WHEN isfinite("ts") THEN round(date_part('epoch', "ts" - timestamptz '2020-01-01 00:00:00Z') * 1000000)::bigint * 1000 + 1577836800000000000 END) AS ns, NULLIF("rate"::double precision, 'NaN') AS p0, NULLIF("rate"::double precision, 'NaN') AS x0, "city" AS p1 FROM "fea""tures"."dri`vers" WHERE "ts" <= $5 OFFSET 0) AS r WHERE ns >= 1793448000000000000) AS g GROUP BY lv, sp
--   1: {3 0}
--   2: {3 5}
--   3: {3 -999}
--   4: {3 -999}
--   5: {9 2026-11-01T12:00:00.123456Z}

-- summary of too many spans for a list
SELECT lv, sp, count(*), max(ns), count(p0), count(CASE WHEN (x0 < $1 OR x0 > $2) AND x0 <> $3 THEN 1 END), count(CASE WHEN x0 = $4 THEN 1 END) FROM (SELECT CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN 0 WHEN ns >= 1793530080000000000 THEN 1 ELSE 2 END AS lv, CASE WHEN ns >= 1793534280000000000 OR ns >= 1793534340000000000 THEN ns - ns % 60000000000 WHEN ns >= 1793530080000000000 THEN ns - ns % 1440000000000 ELSE 0 END AS sp, r.* FROM (SELECT (CASE WHEN isfinite("ts") THEN round(date_part('epoch', "ts" - timestamptz '2020-01-01 00:00:00Z') * 1000000)::bigint * 1000 + 1577836800000000000 END) AS ns, NULLIF("rate"::double precision, 'NaN') AS p0, NULLIF("rate"::double precision, 'NaN') AS x0 FROM "fea""tures"."dri`vers" WHERE "ts" <= $5 OFFSET 0) AS r WHERE ns IS NOT NULL) AS g GROUP BY lv, sp
--   1: {3 0}
--   2: {3 5}
--   3: {3 -999}
--   4: {3 -999}
--   5: {9 2026-11-01T12:00:00.123456Z}

-- summary by a list
SELECT p, count(*), (CASE WHEN isfinite(max(ts)) THEN round(date_part('epoch', max(ts) - timestamptz '2020-01-01 00:00:00Z') * 1000000)::bigint * 1000 + 1577836800000000000 END), count(p0), count(CASE WHEN (x0 < $1 OR x0 > $2) AND x0 <> $3 THEN 1 END), count(CASE WHEN x0 = $4 THEN 1 END), count(p1) FROM (SELECT width_bucket("ts"::timestamptz, $5::timestamptz[]) AS p, "ts" AS ts, NULLIF("rate"::double precision, 'NaN') AS p0, NULLIF("rate"::double precision, 'NaN') AS x0, "city" AS p1 FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $6) AS g GROUP BY p
--   1: {3 0}
--   2: {3 5}
--   3: {3 -999}
--   4: {3 -999}
--   5: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   6: {9 2026-11-01T12:00:00.123456Z}

-- bins
SELECT p, string_agg(bin || ':' || n, ','), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN m END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN y END), sum(CASE WHEN bin BETWEEN 0 AND 4 THEN q END), min(CASE WHEN bin BETWEEN 0 AND 4 THEN lo END), max(CASE WHEN bin BETWEEN 0 AND 4 THEN hi END), sum(CASE WHEN bin = 0 THEN m END), sum(CASE WHEN bin = 0 THEN t END), sum(CASE WHEN bin = 4 THEN m END), sum(CASE WHEN bin = 4 THEN t END) FROM (SELECT p, bin, count(*) AS n, count(v) AS m, sum(v) AS t, sum(v - $1::double precision) AS y, sum((v - $2::double precision) * (v - $3::double precision)) AS q, min(x) AS lo, max(x) AS hi FROM (SELECT p, x, CASE WHEN abs(x) <= 1e140 THEN x END AS v, (5 - width_bucket(-x, $4::double precision[])) AS bin FROM (SELECT width_bucket("ts"::timestamptz, $5::timestamptz[]) AS p, "ts" AS ts, NULLIF("rate"::double precision, 'NaN') AS x FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $6) AS g WHERE x IS NOT NULL) AS b GROUP BY p, bin) AS j GROUP BY p
--   1: {3 0.5}
--   2: {3 0.5}
--   3: {3 0.5}
--   4: {7 {-1.7976931348623157e+308,-3e+10,-2,-0.1,1.5,Infinity}}
--   5: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   6: {9 2026-11-01T12:00:00.123456Z}

-- words
SELECT p, k, count(*) FROM (SELECT p, w, CASE WHEN w IN ($1, $2) THEN w END AS k FROM (SELECT width_bucket("ts"::timestamptz, $3::timestamptz[]) AS p, "ts" AS ts, "city"::text COLLATE "C" AS w FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $4) AS g WHERE w IS NOT NULL) AS c GROUP BY p, k
--   1: {7 Berlin}
--   2: {7 O'Hare}
--   3: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   4: {9 2026-11-01T12:00:00.123456Z}

-- words of numbers
SELECT p, k, count(*) FROM (SELECT p, w, CASE WHEN w IN ($1, $2) THEN w END AS k FROM (SELECT width_bucket("ts"::timestamptz, $3::timestamptz[]) AS p, "ts" AS ts, NULLIF("flag"::double precision, 'NaN') AS w FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $4) AS g WHERE w IS NOT NULL) AS c GROUP BY p, k
--   1: {3 0}
--   2: {3 1}
--   3: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   4: {9 2026-11-01T12:00:00.123456Z}

-- hashes of numbers
SELECT p, string_agg(chr(rg / 64 + 48) || chr(rg % 64 + 48) || chr(rk + 48), '') FROM (SELECT p, rg, CASE WHEN min(rest) = 0 THEN 54 ELSE 53 - floor(ln(min(rest)::double precision) / ln(2::double precision))::int END AS rk FROM (SELECT p, (hashfloat8extended(x, 0) & 2047)::int AS rg, (hashfloat8extended(x, 0) >> 11) & 9007199254740991 AS rest FROM (SELECT width_bucket("ts"::timestamptz, $1::timestamptz[]) AS p, "ts" AS ts, NULLIF("rate"::double precision, 'NaN') AS x FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $2) AS g WHERE x IS NOT NULL) AS h GROUP BY p, rg) AS j GROUP BY p
--   1: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   2: {9 2026-11-01T12:00:00.123456Z}

-- hashes of texts
SELECT p, string_agg(chr(rg / 64 + 48) || chr(rg % 64 + 48) || chr(rk + 48), '') FROM (SELECT p, rg, CASE WHEN min(rest) = 0 THEN 54 ELSE 53 - floor(ln(min(rest)::double precision) / ln(2::double precision))::int END AS rk FROM (SELECT p, (hashtextextended(x, 0) & 2047)::int AS rg, (hashtextextended(x, 0) >> 11) & 9007199254740991 AS rest FROM (SELECT width_bucket("ts"::timestamptz, $1::timestamptz[]) AS p, "ts" AS ts, "city"::text COLLATE "C" AS x FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $2) AS g WHERE x IS NOT NULL AND x NOT IN ($3, $4)) AS h GROUP BY p, rg) AS j GROUP BY p
--   1: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   2: {9 2026-11-01T12:00:00.123456Z}
--   3: {7 Berlin}
--   4: {7 O'Hare}

-- hashes of categories that are numbers
SELECT p, string_agg(chr(rg / 64 + 48) || chr(rg % 64 + 48) || chr(rk + 48), '') FROM (SELECT p, rg, CASE WHEN min(rest) = 0 THEN 54 ELSE 53 - floor(ln(min(rest)::double precision) / ln(2::double precision))::int END AS rk FROM (SELECT p, (hashfloat8extended(x, 0) & 2047)::int AS rg, (hashfloat8extended(x, 0) >> 11) & 9007199254740991 AS rest FROM (SELECT width_bucket("ts"::timestamptz, $1::timestamptz[]) AS p, "ts" AS ts, NULLIF("flag"::double precision, 'NaN') AS x FROM "fea""tures"."dri`vers" WHERE isfinite("ts") AND "ts" <= $2) AS g WHERE x IS NOT NULL AND x NOT IN ($3, $4)) AS h GROUP BY p, rg) AS j GROUP BY p
--   1: {7 {2026-10-31T12:00:00Z,2026-11-01T10:48:00Z,2026-11-01T11:12:00Z,2026-11-01T11:36:00Z,2026-11-01T11:58:00Z,2026-11-01T11:59:00Z,2026-11-01T12:00:00Z}}
--   2: {9 2026-11-01T12:00:00.123456Z}
--   3: {3 0}
--   4: {3 1}
