package io.gofka.bench;

/**
 * Something that is measured in a broker, the less of it the better.
 *
 * @param target the largest ratio, ours to Kafka's, that we are content with
 */
record Measure(String title, String unit, double target) {}
