#!/usr/bin/env bash
# Measures Gofka against Apache Kafka 4.3.1 (from its Maven jars, KRaft, one node) in one run, both with -Xmx1g,
# alternating. Prints the medians as a Markdown table. Usage: bench/compare.sh [rounds, default 5]
set -euo pipefail
cd "$(dirname "$0")/.."

mvn -q -B -DskipTests package
mvn -q -B dependency:build-classpath -DincludeScope=test -Dmdep.outputFile=target/test.classpath

exec java -Xmx1g -cp "target/test-classes:$(cat target/test.classpath)" \
  -Dlogback.configurationFile=bench/logback.xml \
  io.gofka.bench.Compare "${1:-5}"
