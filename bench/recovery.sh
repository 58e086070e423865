#!/usr/bin/env bash
# Measures how long recovery takes after kill -9 with 2 GB in one partition: Gofka against Apache Kafka,
# alternating in one run, both with -Xmx1g; prints a table of medians.
# Usage: bench/recovery.sh [rounds], 3 rounds take some three minutes.
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
  io.gofka.bench.Recovery "${1:-3}"
