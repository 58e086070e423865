/**
 * Measures Gofka against Apache Kafka on one machine, alternating in one run; {@code
 * bench/compare.sh} starts it.
 */
package io.gofka.bench;
