#!/usr/bin/env bash
# Measures what an fsync before every acknowledgement costs: 32 producers, acks=all, Gofka with group commit
# against Apache Kafka with flush.messages=1, alternating in one run, both with -Xmx1g; prints a table of medians.
# Usage: bench/fsync.sh [rounds], 3 rounds take some twelve minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -f target/gofka.jar ] || [ ! -d target/test-classes ]; then
  mvn -q -B -DskipTests package
fi
mvn -q -B dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/test-class-path.txt

exec java -Xmx1g -XX:+UseParallelGC \
  -Dgofka.jar=target/gofka.jar -Dgofka.it=target/bench \
  -Dlogback.configurationFile=src/test/resources/logback-test.xml \
  -cp "target/test-classes:$(cat target/test-class-path.txt)" \
  io.gofka.bench.Fsync "${1:-3}"
