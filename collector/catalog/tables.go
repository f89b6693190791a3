package catalog

// Feature tables. Rows are ml_predictions_total, the newest row's time is
// ml_last_event_timestamp_seconds, and what is in the columns is counted as that
// of a model's features.
var (
	TableTTL = Family{Name: "ml_table_ttl_seconds", Type: Gauge, Labels: model,
		Help: "Age of the newest row or event from which it is out of date: the freshness objective, of a feature view its TTL."}
	TableArrivalLag = Family{Name: "ml_table_arrival_lag_seconds", Type: Gauge, Labels: model,
		Help: "Time from the event of a row to its writing, as the table's own columns say; mean of the rows read last."}
	TableMaterialized = Family{Name: "ml_table_materialized_timestamp_seconds", Type: Gauge, Labels: model,
		Help: "Unix time up to which the registry says that a feature view was copied to the online store."}
	OnlineUp = Family{Name: "ml_online_store_up", Type: Gauge, Labels: model,
		Help: "1 if the online store of a feature view could be read at the last attempt, 0 if not."}
	OnlineEntities = Family{Name: "ml_online_entities", Type: Gauge, Labels: model,
		Help: "Entities of the table that were looked up in the online store at the last look, a random sample of those read."}
	OnlineMissingEntities = Family{Name: "ml_online_missing_entities", Type: Gauge, Labels: model,
		Help: "Those of ml_online_entities that the online store does not have."}
	OnlineStaleEntities = Family{Name: "ml_online_stale_entities", Type: Gauge, Labels: model,
		Help: "Those of ml_online_entities whose online row is older than the one in the table."}
	OnlineLastEvent = Family{Name: "ml_online_last_event_timestamp_seconds", Type: Gauge, Labels: model,
		Help: "Unix time of the newest online row among ml_online_entities."}
	OnlineExpiredEntities = Family{Name: "ml_online_expired_entities", Type: Gauge, Labels: model,
		Help: "Those of ml_online_entities whose online row is older than ml_table_ttl_seconds; a feature server returns nothing for them."}
	OnlineValues = Family{Name: "ml_online_values", Type: Gauge, Labels: feature,
		Help: "Values of a feature that were compared between online store and table at the last look: those of rows of the same event time."}
	OnlineSkewedValues = Family{Name: "ml_online_skewed_values", Type: Gauge, Labels: feature,
		Help: "Those of ml_online_values that differ, numbers by more than a millionth: training-serving skew. A value that is missing on one side only differs."}
)
