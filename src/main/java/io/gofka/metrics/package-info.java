/**
 * What a node tells about itself over HTTP: {@code /metrics} in Prometheus' text format, and {@code
 * /health/live} and {@code /health/ready} for whoever decides whether it gets requests.
 *
 * <p>{@link io.gofka.metrics.MetricsVerticle} asks the owners of the figures over the bus when
 * somebody asks for them, so that nothing is spent on figures that nobody reads.
 */
package io.gofka.metrics;
