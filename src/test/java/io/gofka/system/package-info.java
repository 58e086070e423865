/**
 * System tests: the fat jar in a process of its own, and in front of it unmodified Kafka clients
 * and tools. With {@code -Dgofka.peer=kafka} the same tests run against Apache Kafka, which shows
 * that they ask for what Kafka does.
 */
package io.gofka.system;
