#!/bin/sh
# Ends the bayd that `make run` left in the background. Machines go on running.
set -eu
. "$(dirname "$0")/common.sh"

pid=$(cat "$(state_dir)/make-run.pid" 2>/dev/null || true)
case $(readlink "/proc/${pid:-none}/exe" 2>/dev/null || true) in
"$real_products/bayd"*) kill "$pid" && say "bayd ($pid) was told to stop" ;;
*) say "no bayd that 'make run' started is running" ;;
esac
