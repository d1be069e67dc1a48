#!/usr/bin/env bash
# tools/layering notices each kind of misplaced include, one tree at a time, and accepts the right ones.
set -uo pipefail
layering=${1:?usage: layering_test.sh path/to/tools/layering}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# expect VERDICT FILE INCLUDE: a tree with this one include is accepted or refused, naming file and line.
expect() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$2")"
  printf '#pragma once\n#include %s\n' "$3" >"$tree/$2"
  local verdict=refused output
  output=$("$layering" "$tree" 2>&1) && verdict=accepted
  [[ $verdict == refused && $output != "$2:2: "* ]] && verdict="refused without its place: $output"
  if [[ $verdict != "$1" ]]; then
    echo "$2 with #include $3: expected $1, got $verdict"
    failures=$((failures + 1))
  fi
}

expect accepted sim/engine.h '"graphs/program.h"'
expect accepted sim/engine.h '"sim/trace.h"'
expect refused graphs/program.h '"hw_models/machine.h"'
expect refused base/result.h '"apps/main.h"'
expect refused sim/engine.h '"trace.h"'
expect refused sim/engine.h '"../graphs/program.h"'
expect refused sim/engine.h '"util/strings.h"'

expect accepted tests/sim/engine_test.cc '"graphs/program.h"'
expect accepted tests/sim/engine_test.cc '"tests/graphs/build.h"'
expect refused tests/sim/engine_test.cc '"reports/table.h"'
expect refused tests/sim/engine_test.cc '"tests/reports/build.h"'
expect accepted tests/oracle/thread.cc '"tests/oracle/world.h"'
expect refused sim/engine.cc '"tests/oracle/world.h"'
expect accepted bench/whole_path.cc '"scenarios/runner.h"'
expect accepted bench/whole_path.cc '<malloc.h>'

expect accepted sim/engine.cc '<vector>'
expect accepted tests/reports/summary_test.cc '<nlohmann/json.hpp>'
expect refused tests/sim/engine_test.cc '<nlohmann/json.hpp>'
expect accepted base/config.cc '<yaml-cpp/yaml.h>'
expect refused scenarios/loader.cc '<yaml-cpp/yaml.h>'
expect accepted graphs/boost_adapter.h '<boost/graph/graph_concepts.hpp>'
expect refused sim/engine.cc '<boost/graph/graph_concepts.hpp>'
expect accepted sim/simgrid_engine.cc '<simgrid/s4u.hpp>'
expect refused sim/engine.cc '<simgrid/s4u.hpp>'
expect refused scenarios/loader.cc '<CLI/CLI.hpp>'
expect refused graphs/inference.cc '<tbb/parallel_for.h>'
expect accepted scenarios/sweep.cc '<tbb/parallel_for.h>'
expect refused sim/engine.cc '<gtest/gtest.h>'
expect refused sim/engine.cc '<unistd.h>'
expect refused graphs/program.cc '<curl/curl.h>'

[[ $failures -eq 0 ]] && echo "all as expected"
exit $((failures > 0))
