/**
 * Real processes for the system tests and the benchmarks: a broker started from the fat jar, Apache
 * Kafka started from its Maven jars, Kafka's tools and older clients in JVMs of their own, and what
 * the kernel says about them.
 */
package io.gofka.system.process;
