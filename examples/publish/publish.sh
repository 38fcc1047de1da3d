# sh examples/publish/publish.sh demo/hello 'Hello from a shell' note
#
# Publishes an event to `tidings serve` with curl, and prints its ID. The arguments are topic, data and, if you like, type.
# TIDINGS_URL is where the hub is, TIDINGS_KEY what it was started with as --publish-key.
set -eu

# With an ID of its own, an event that is sent again because no answer came is published once.
id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# On standard input, the key is not in the list of processes.
printf %s "${TIDINGS_KEY:+Authorization: Bearer $TIDINGS_KEY}" |
    curl --silent --show-error --fail-with-body --max-time 30 --retry 3 --retry-connrefused --header @- \
        --data-urlencode "topic=$1" --data-urlencode "data=$2" --data-urlencode "type=${3-}" --data-urlencode "id=$id" \
        --write-out '\n' "${TIDINGS_URL:-http://127.0.0.1:3000}/.well-known/mercure"
