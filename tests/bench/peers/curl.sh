#!/bin/sh
# One run request with curl, as people hand it to xargs or GNU parallel; $1 is a task id.
exec curl --silent --fail --output /dev/null --request POST --data '{}' \
  --header "X-SBG-Auth-Token: $SB_AUTH_TOKEN" --header 'Content-Type: application/json' \
  "$SB_API_ENDPOINT/tasks/$1/actions/run"
