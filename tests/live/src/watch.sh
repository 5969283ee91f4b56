# watch.sh FOLDER SIGNAL PREPARE COMMAND…
# Runs PREPARE to its end and then COMMAND, until our standard input ends: then whoever holds its other end is gone,
# and SIGNAL ends COMMAND. FOLDER goes with it.
folder=$1 signal=$2 prepare=$3
shift 3
exec 3<&0 </dev/null
if sh -c "$prepare" sh "$folder" 3<&-; then
    "$@" 3<&- &
    server=$!
    echo "$server" >"$folder/pid"
    # Again and again, since a server that has only begun ignores signals.
    { read -r _ <&3; while kill -s "$signal" "$server"; do sleep 0.1; done; } 2>&- &
    guard=$!
    wait "$server"
    kill "$guard" 2>&-
fi
rm -rf "$folder"
