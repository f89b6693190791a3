#!/bin/sh
# Monitors a simulated fraud model: run.sh MODEL_EXPORTER
#
# A day of labelled predictions becomes the baseline. Then a log begins with the
# hour up to now and goes on growing; two minutes from now the amounts of its
# payments shift by 1.5 standard deviations. The labels of the predictions, two
# minutes later on average, and what payments earned go to files of their own
# beside it. Ctrl-C ends all of it, and the next run starts anew.
set -eu

exporter=${1:?give the path of model_exporter}
here=$(cd "$(dirname "$0")" && pwd)
export FRAUD_DIR="${FRAUD_DIR:-$PWD/.run/fraud}"

mkdir -p "$FRAUD_DIR"
if [ -f "$FRAUD_DIR/pid" ] && kill -0 "$(cat "$FRAUD_DIR/pid")" 2>/dev/null; then
	echo "Another run uses $FRAUD_DIR. End it, or name another folder: FRAUD_DIR=/tmp/fraud" >&2
	exit 1
fi
echo $$ > "$FRAUD_DIR/pid"
rm -rf "$FRAUD_DIR"/*.jsonl "$FRAUD_DIR/baseline.json" "$FRAUD_DIR/state"

"$exporter" simulate --span 24h --rate 1 --season 1 --seed 1 --labels > "$FRAUD_DIR/reference.jsonl"
"$exporter" profile "$FRAUD_DIR/reference.jsonl" --output "$FRAUD_DIR/baseline.json"

# What runs in the background does not see Ctrl-C: the shell ends it.
trap 'kill $running 2>/dev/null || true; wait; rm -f "$FRAUD_DIR/pid"' EXIT
trap 'exit 0' INT TERM
running=

"$exporter" simulate --follow --span 1h --rate 20 --season 1 --seed 2 \
	--label.output "$FRAUD_DIR/labels.jsonl" --label.delay 2m --label.loss 5% --label.correction 1% \
	--outcome.output "$FRAUD_DIR/outcomes.jsonl" --outcome.delay 10s \
	--fault shift:feature=amount,by=1.5@62m > "$FRAUD_DIR/predictions.jsonl" &
running="$running $!"

"$exporter" serve --config.file "$here/config.yml" --storage.path "$FRAUD_DIR/state" &
server=$!
running="$running $server"

address=${MODEL_EXPORTER_WEB_LISTEN_ADDRESS:-:9877}
case $address in :*) address=localhost$address ;; esac
echo "The overview is at http://$address/ and the metrics at http://$address/metrics." >&2
echo "In two minutes amounts shift; about three later ml_drifted_features_ratio says so, and as labels come ml_performance_degradation_lower. Ctrl-C ends it." >&2
wait "$server"
