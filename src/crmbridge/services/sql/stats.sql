-- Count, exact sum, extremes, median and 90th percentile of the values that are not NULL, as one struct.
CREATE OR REPLACE TEMP MACRO svc_stats(x) AS struct_pack(
  n := count(x), total := sum(x), low := min(x), high := max(x), quantiles := quantile_cont(x::DOUBLE, [0.5, 0.9])
)
