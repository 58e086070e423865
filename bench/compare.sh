#!/usr/bin/env bash
# Measures Gofka against Apache Kafka (from its Maven jars), alternating in one run, both with -Xmx1g,
# and prints a table of medians. Usage: bench/compare.sh BENCHMARK [rounds]; a round takes up to ten
# minutes. Without arguments it names the benchmarks there are.
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
  io.gofka.bench.Benchmark "$@"
