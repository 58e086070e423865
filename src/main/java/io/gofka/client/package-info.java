/**
 * Talking to a cluster from outside, over the Kafka protocol: it works from anywhere, and against
 * any Kafka.
 *
 * <p>{@link io.gofka.client.KafkaConnection} is one connection to one node; {@link
 * io.gofka.client.ClusterAdmin} asks what the command line wants to know. Failures are {@link
 * io.gofka.client.ClientException}s when no answer came, and {@link io.gofka.common.ApiException}s
 * when the answer was no.
 */
package io.gofka.client;
